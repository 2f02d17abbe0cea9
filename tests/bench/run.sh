#!/usr/bin/env bash
# The benchmarks, by hand: builds release, starts PostgreSQL in a temporary folder unless VM_TEST_POSTGRESQL_URL names one,
# and hands over to bench.py, whose options it takes (--help).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
# shellcheck source=tests/support/servers.sh
source tests/support/servers.sh

third_party/install.sh
cmake --preset release >/dev/null
ninja -C build/release --quiet vm

if [[ -z ${VM_TEST_POSTGRESQL_URL-} ]]; then
  servers_folder
  trap servers_stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  server_start_postgresql
  server_wait_postgresql
  export VM_TEST_POSTGRESQL_URL
fi
unset VM_URL DATABASE_URL VM_SCRIPTS

python3 tests/bench/bench.py --vm build/release/vm "$@"

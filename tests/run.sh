#!/usr/bin/env bash
# Everything that must hold, in one command: installs what is missing, builds with and without sanitizers and for
# libFuzzer, starts PostgreSQL and MariaDB in temporary folders, runs every test on all three databases and every fuzz target for
# a minute, and ends with ctest's summary and exit code.
#
# usage: tests/run.sh [CTEST OPTION…]     for example: tests/run.sh -R graph
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=tests/support/servers.sh
source tests/support/servers.sh

say() { printf '== %s\n' "$*"; }
jobs=$(nproc)

third_party/install.sh

servers_folder
trap servers_stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The servers come up while the compiler works.
say "starting PostgreSQL and MariaDB on loopback"
server_start_postgresql
server_start_mysql

build() { # PRESET TARGET…: quiet unless something is compiled or fails
  local preset=$1 log=$servers/build.log
  shift
  cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
  ninja -C "build/$preset" -n "$@" | tail -n 1 | grep -q 'no work to do' && return 0
  say "building $preset"
  ninja -C "build/$preset" -j "$jobs" "$@" >"$log" 2>&1 || { grep -vE '^\[[0-9]+/[0-9]+\]|^ninja: Entering' "$log" | head -n 200 >&2; return 1; }
}
build dev
build asan unit_tests
build fuzz fuzzers

server_wait_postgresql
server_wait_mysql
export VM_TEST_POSTGRESQL_URL VM_TEST_MYSQL_URL
export VM_TEST_REQUIRE_SERVERS=1
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
# Nothing of the caller's project may reach the tests.
unset VM_URL DATABASE_URL VM_SCRIPTS

# One run and one summary over all builds: a folder whose only content is a list of them.
mkdir -p build/all
printf 'subdirs("%s")\n' "$root/build/dev" "$root/build/asan" "$root/build/fuzz" >build/all/CTestTestfile.cmake

say "testing"
status=0
ctest --test-dir build/all --output-on-failure -j "$jobs" "$@" || status=$?
exit "$status"

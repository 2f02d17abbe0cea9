#!/usr/bin/env bash
# Every C++ file is laid out as .clang-format says; names those that are not.
# usage: tests/style/format.sh [fix]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

sources() { find engine bindings tests \( -name '*.cpp' -o -name '*.hpp' \) -print0; }

if [[ ${1-} == fix ]]; then
  sources | xargs -0 -r -n 40 -P "$(nproc)" clang-format -i
  exit
fi
wrong=$(sources | xargs -0 -r -n 40 -P "$(nproc)" clang-format --dry-run 2>&1 | sed -n 's/^\([^ :]*\):.*clang-format.*/\1/p' | sort -u)
[[ -z $wrong ]] || { printf '%s\nlaid out otherwise than .clang-format says; tests/style/format.sh fix lays them out\n' "$wrong"; exit 1; }

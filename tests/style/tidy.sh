#!/usr/bin/env bash
# Runs clang-tidy over every source of engine/ and bindings/ that changed, itself or by a header, since it last passed.
# usage: tests/style/tidy.sh [BUILD FOLDER]     default build/dev; it has been built
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
build=$(cd "${1:-build/dev}" && pwd)
passed=$build/tidy
mkdir -p "$passed"
# clang cannot read the compiler's precompiled header, and each source has to name what it uses.
sed -E 's/ -Winvalid-pch -include [^ "]*cmake_pch\.hxx//; s/ -fpch-preprocess//' "$build/compile_commands.json" >"$passed/compile_commands.json"

# One line a source: its path, then what it includes of ours, by what the compiler told ninja: absolute paths, or, with
# ccache's base_dir, paths from the build folder.
changed() {
  ninja -C "$build" -t deps | awk -v root="$root/" -v up="$(realpath --relative-to="$build" "$root")/" '
    function flush() { if (source != "") print source rest; source = ""; rest = "" }
    /^[^ ]/ { flush(); next }
    {
      sub(/^ +/, "")
      if (index($0, root) == 1) path = substr($0, length(root) + 1)
      else if (index($0, up) == 1) path = substr($0, length(up) + 1)
      else next
      if (source == "" && path ~ /^(engine|bindings)\/.*\.cpp$/) source = path
      else if (path !~ /^build\//) rest = rest " " path
    }
    END { flush() }' | sort -u |
    while read -r source rest; do
      stamp=$passed/${source//\//.}
      for file in "$source" .clang-tidy $rest; do
        [[ $stamp -nt $file ]] || { echo "$source"; break; }
      done
    done
}

check() {
  local output
  output=$(clang-tidy --quiet -p "$1" "$2" 2>/dev/null) || { printf '%s\n' "$output"; return 1; }
  touch "$1/${2//\//.}"
}
export -f check

changed | xargs -r -n 1 -P "$(nproc)" bash -c 'check "$@"' tidy "$passed"

#!/usr/bin/env bash
# Runs one fuzz target on its corpus, and keeps what it learns beside the program.
#
#   tests/fuzz/run.sh PROGRAM NAME [LIBFUZZER OPTION…]
#
# VM_FUZZ_SECONDS: for how long, 60 when not set. An input that breaks something is left as found/NAME-… beside the program.
set -euo pipefail
program=$1 name=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(dirname "$program")
mkdir -p "$work/learnt/$name" "$work/found"
options=(-max_total_time="${VM_FUZZ_SECONDS:-60}" -timeout=20 -rss_limit_mb=3072 -max_len=4096 -print_final_stats=1 -verbosity=0
  -artifact_prefix="$work/found/$name-")
# What a Lua state holds from one input to the next looks like a leak, for LuaJIT's memory is not searched; and with few runs a
# second, half of the time would go into libFuzzer's own counting.
case $name in header | render) options+=(-detect_leaks=0 -entropic=0) ;; esac
if [[ -f $here/dictionary/$name ]]; then options+=(-dict="$here/dictionary/$name"); fi
seeds=("$here/corpus/$name")
# Real migrations are seeds as well.
if [[ $name == header ]]; then seeds+=("$here/../crash/versions" "$here/../../migrations/tour/versions"); fi
exec "$program" "${options[@]}" "$@" "$work/learnt/$name" "${seeds[@]}"

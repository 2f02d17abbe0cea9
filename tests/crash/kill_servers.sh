#!/usr/bin/env bash
# Kills PostgreSQL and MariaDB under a running vm, starts them again and runs the same command once more: the dump of the
# database must be that of an undisturbed run.
#
#   tests/crash/kill_servers.sh VM [KILLS]        VM: the binary; KILLS: for each server, 20 when not said
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
vm=$(realpath "${1:?usage: kill_servers.sh VM [KILLS]}")
kills=${2:-20}
# shellcheck source=tests/support/servers.sh
source "$root/tests/support/servers.sh"
project=
finish() {
  servers_stop
  if [[ $project ]]; then rm -rf -- "$project"; fi
}
trap finish EXIT
servers_folder
project=$(mktemp -d "${TMPDIR:-/tmp}/vm-crash.XXXXXX")
mkdir "$project/migrations"
cp -r "$root/tests/crash/versions" "$project/migrations/versions"
printf 'url = "sqlite:///unused.db"\n' >"$project/vm.toml"
run_vm() { "$vm" -C "$project" -u "$url" -q run "$@"; }

# What is acknowledged must be with the operating system, or a killed server may lose it; the test servers are set to be
# quick instead.
keep_postgresql() { psql -Xqt "$VM_TEST_POSTGRESQL_URL" -c 'ALTER SYSTEM SET synchronous_commit = on' -c 'SELECT pg_reload_conf()' >/dev/null; }
keep_mysql() { mariadb --no-defaults -h 127.0.0.1 -P "$mysql_port" -u vm -pvm -e 'SET GLOBAL innodb_flush_log_at_trx_commit = 2'; }
fresh_postgresql() {
  psql -Xq "$VM_TEST_POSTGRESQL_URL" -c 'DROP DATABASE IF EXISTS crash WITH (FORCE)' -c 'CREATE DATABASE crash' 2>/dev/null
  url=${VM_TEST_POSTGRESQL_URL%/*}/crash
}
fresh_mysql() {
  mariadb --no-defaults -h 127.0.0.1 -P "$mysql_port" -u vm -pvm -e 'DROP DATABASE IF EXISTS crash; CREATE DATABASE crash CHARACTER SET utf8mb4'
  url=${VM_TEST_MYSQL_URL}crash
}
kill_postgresql() { # immediate: no transaction is ended, the next start recovers as after a crash
  kill -s QUIT "$postgresql_pid"
  while kill -0 "$postgresql_pid" 2>/dev/null; do sleep 0.02; done
  server_launch_postgresql
  server_wait_postgresql
  url=${VM_TEST_POSTGRESQL_URL%/*}/crash
}
kill_mysql() {
  kill -s KILL "$mysql_pid"
  while kill -0 "$mysql_pid" 2>/dev/null; do sleep 0.02; done
  rm -f "$servers/mysql/pid"
  server_launch_mysql
  server_wait_mysql
  keep_mysql
  url=${VM_TEST_MYSQL_URL}crash
}
# Without the history, the times, and the counters that a rolled back INSERT moves on.
dump_postgresql() { pg_dump --inserts --exclude-table=vm_history --exclude-table=vm_history_id_seq "$url" | grep -vE 'setval|^.(un)?restrict ' | sort; }
dump_mysql() {
  mariadb-dump --no-defaults --skip-extended-insert --skip-dump-date --ignore-table=crash.vm_history -h 127.0.0.1 -P "$mysql_port" -u vm -pvm crash |
    sed -E 's/ AUTO_INCREMENT=[0-9]+//' | sort
}

failures=0 interrupted=0
for server in postgresql mysql; do
  "server_start_$server"
  "server_wait_$server"
  "keep_$server"
  "fresh_$server"
  start=$(date +%s%N)
  run_vm upgrade head
  duration=$((($(date +%s%N) - start) / 1000000))
  head=$("dump_$server")
  run_vm downgrade base
  base=$("dump_$server")
  for ((i = 0; i < kills; i++)); do
    "fresh_$server"
    direction=upgrade target=head
    if ((i % 3 == 2)); then
      run_vm upgrade head
      direction=downgrade target=base
    fi
    run_vm "$direction" "$target" >"$project/out" 2>&1 &
    running=$!
    sleep "$(printf '0.%03d' $((RANDOM % (duration < 990 ? duration : 990))))"
    "kill_$server"
    wait "$running" || interrupted=$((interrupted + 1))
    if [[ $direction == downgrade ]]; then
      run_vm downgrade base || failures=$((failures + 1))
      [[ $("dump_$server") == "$base" ]] || { echo "$server, kill $i: base differs"; failures=$((failures + 1)); }
    fi
    run_vm upgrade head || failures=$((failures + 1))
    if [[ $("dump_$server") != "$head" ]]; then
      echo "$server, kill $i of $direction: head differs"
      diff <(echo "$head") <("dump_$server") | head -10 || true
      failures=$((failures + 1))
    fi
  done
done
echo "servers killed: $((2 * kills)), runs cut off by it: $interrupted, failures: $failures"
((failures == 0))

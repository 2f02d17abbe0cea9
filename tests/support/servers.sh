# PostgreSQL and MariaDB for tests and benchmarks: started in a temporary folder on a free port of 127.0.0.1, stopped by
# process id. To be sourced by a bash script that has `set -e`; the caller calls servers_stop in its EXIT trap.
#
#   servers_folder                      makes the folder, $servers
#   server_start_X; server_wait_X       X is postgresql or mysql; wait sets VM_TEST_POSTGRESQL_URL or VM_TEST_MYSQL_URL
#   servers_stop
#
# Nothing is written to disk for good (no fsync): these servers are for tests only.

servers=
postgresql_pid=
mysql_pid=

servers_folder() {
  servers=$(mktemp -d "${TMPDIR:-/tmp}/vm-servers.XXXXXX")
  chmod 711 "$servers"
}

# Both servers refuse to run as root: root becomes the user that Debian's package made, anybody else stays who they are.
# A server dies with the script that started it, even when that is killed before its trap can run.
server_folder() { # USER NAME: a folder that belongs to the user
  mkdir "$servers/$2"
  if ((EUID == 0)); then chown "$1" "$servers/$2"; fi
}

as_user() { # USER COMMAND…: replaces the calling shell, so that $! of a background call is the server itself
  local user=$1
  shift
  if ((EUID == 0)); then
    exec setpriv --pdeathsig KILL --reuid="$user" --regid="$(id -g "$user")" --init-groups --reset-env -- "$@"
  else
    exec setpriv --pdeathsig KILL -- "$@"
  fi
}

free_port() { # a port nobody listens on; another program may still take it, which is why starting is tried again
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

server_failed() { # NAME LOG: what to see when a server does not come up
  printf 'cannot start %s; its log:\n' "$1" >&2
  tail -n 60 "$2" >&2
  return 1
}

server_start_postgresql() {
  local folder=$servers/postgresql user=postgres
  postgresql_bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  [[ $postgresql_bin ]] || { echo "cannot start PostgreSQL: no /usr/lib/postgresql/*/bin" >&2; return 1; }
  server_folder "$user" postgresql
  printf 'vm\n' >"$servers/password"
  chmod 644 "$servers/password"
  (cd "$folder" && as_user "$user" "$postgresql_bin/initdb" -D "$folder/data" -U vm -A scram-sha-256 --pwfile="$servers/password" \
    -E UTF8 --locale=C.UTF-8 --no-sync) >"$servers/postgresql.log" 2>&1 </dev/null || server_failed PostgreSQL "$servers/postgresql.log"
  server_launch_postgresql
}

server_launch_postgresql() {
  local folder=$servers/postgresql
  postgresql_port=$(free_port)
  (cd "$folder" && as_user postgres "$postgresql_bin/postgres" -D "$folder/data" -p "$postgresql_port" -c listen_addresses=127.0.0.1 \
    -c "unix_socket_directories=$folder" -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c wal_level=minimal -c max_wal_senders=0 -c max_locks_per_transaction=64) >>"$servers/postgresql.log" 2>&1 </dev/null &
  postgresql_pid=$!
  disown "$postgresql_pid"
}

server_start_mysql() {
  local folder=$servers/mysql user=mysql
  local -a identity=()
  server_folder "$user" mysql
  mkdir "$servers/mysql/tmp"
  if ((EUID == 0)); then
    chown "$user" "$servers/mysql/tmp"
    identity=(--user="$user")
  fi
  mariadb-install-db --no-defaults --datadir="$folder/data" --auth-root-authentication-method=normal --skip-test-db "${identity[@]}" \
    --skip-name-resolve --innodb-log-file-size=32M >"$servers/mysql.log" 2>&1 </dev/null || server_failed MariaDB "$servers/mysql.log"
  server_launch_mysql
}

server_launch_mysql() {
  local folder=$servers/mysql
  mysql_port=$(free_port)
  cat >"$servers/mysql.sql" <<'SQL'
CREATE USER IF NOT EXISTS 'vm'@'127.0.0.1' IDENTIFIED BY 'vm';
GRANT ALL PRIVILEGES ON *.* TO 'vm'@'127.0.0.1' WITH GRANT OPTION;
SQL
  chmod 644 "$servers/mysql.sql"
  (cd "$folder" && as_user mysql /usr/sbin/mariadbd --no-defaults --datadir="$folder/data" --tmpdir="$folder/tmp" --port="$mysql_port" \
    --bind-address=127.0.0.1 --socket="$folder/socket" --pid-file="$folder/pid" --max-connections=200 --skip-name-resolve \
    --character-set-server=utf8mb4 --init-file="$servers/mysql.sql" --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-flush-method=nosync \
    --innodb-log-file-size=32M --sync-binlog=0) >>"$servers/mysql.log" 2>&1 </dev/null &
  mysql_pid=$!
  disown "$mysql_pid"
}

# Waits until the server itself says it is ready: who answers on the port might be another one. A port that was taken in the
# meantime is a reason to launch once more, with a new one.
server_wait_postgresql() {
  local tries attempt
  for attempt in 1 2 3; do
    for ((tries = 0; tries < 300; tries++)); do
      if grep -qs '^ready' "$servers/postgresql/data/postmaster.pid"; then
        VM_TEST_POSTGRESQL_URL=postgresql://vm:vm@127.0.0.1:$postgresql_port/postgres
        return 0
      fi
      kill -0 "$postgresql_pid" 2>/dev/null || break
      sleep 0.1
    done
    grep -q 'Address already in use' "$servers/postgresql.log" || break
    ((attempt == 3)) || server_launch_postgresql
  done
  server_failed PostgreSQL "$servers/postgresql.log"
}

server_wait_mysql() {
  local tries attempt
  for attempt in 1 2 3; do
    for ((tries = 0; tries < 600; tries++)); do
      if [[ -s $servers/mysql/pid ]] && mariadb --no-defaults -h 127.0.0.1 -P "$mysql_port" -u vm -pvm -e 'SELECT 1' >/dev/null 2>&1; then
        VM_TEST_MYSQL_URL=mysql://vm:vm@127.0.0.1:$mysql_port/
        return 0
      fi
      kill -0 "$mysql_pid" 2>/dev/null || break
      sleep 0.1
    done
    grep -q 'Address already in use' "$servers/mysql.log" || break
    ((attempt == 3)) || server_launch_mysql
  done
  server_failed MariaDB "$servers/mysql.log"
}

server_stop() { # PID SIGNAL: asks, waits for ten seconds, then insists
  local pid=$1 signal=$2 tries
  [[ $pid ]] || return 0
  kill -s "$signal" "$pid" 2>/dev/null || return 0
  for ((tries = 0; tries < 100; tries++)); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -s KILL "$pid" 2>/dev/null || true
}

# Safe to call twice, and from a trap at any moment after servers_folder.
servers_stop() {
  trap '' INT TERM HUP
  server_stop "$postgresql_pid" QUIT # immediate: nothing in there is kept
  server_stop "$mysql_pid" KILL
  postgresql_pid=
  mysql_pid=
  if [[ $servers ]]; then rm -rf -- "$servers"; fi
  servers=
}

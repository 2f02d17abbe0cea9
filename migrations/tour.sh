#!/usr/bin/env bash
# The tour: installs what a build needs, builds vm, and runs a small project's migrations on SQLite in front of you.
# Can be run again at any time; a build that is up to date is left alone.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

third_party/install.sh build

log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset release >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
if ! ninja -C build/release -n vm | tail -n 1 | grep -q 'no work to do'; then
  echo "building vm into build/release (some minutes the first time)"
  ninja -C build/release vm >"$log" 2>&1 || { grep -v '^\[' "$log" >&2; exit 1; }
fi

# Always from the start, but never over a file that the tour did not make: its inode is noted beside the build.
made=build/tour.db.made
if [[ -e tour.db ]]; then
  if [[ ! -e $made || $(stat -c %d:%i tour.db) != "$(cat "$made")" ]]; then
    echo "tour.sh: tour.db is there and was not made by the tour: move it away first" >&2
    exit 1
  fi
  rm -f tour.db tour.db-journal tour.db-wal tour.db-shm
fi
: >tour.db
stat -c %d:%i tour.db >"$made"

# Only vm.toml decides which database the tour uses.
unset VM_URL DATABASE_URL VM_SCRIPTS

vm() { build/release/vm "$@"; }
step() { # shown as typed, then run
  printf '\n$ %s\n' "$*"
  "$@"
}

step vm run upgrade head
step vm run current
step vm run history
step sqlite3 -box tour.db "SELECT display_name, phone_e164, email FROM customers"
step sqlite3 -box tour.db "SELECT loans.id, display_name, principal, balance, status FROM loans JOIN customers ON customers.id = customer_id"

cat <<'TEXT'

The database is tour.db, the migrations are in migrations/tour/versions, and this folder is the project (vm.toml).
What to try next, with PATH=$PWD/build/release:$PATH

  vm run downgrade 002_loans         back to before the branches; vm run upgrade head does it all again
  vm run upgrade head --sql          the SQL instead of running it
  vm run show 003_payments           one revision
  vm run revision -m "my change"     a new migration file; edit it, then vm run upgrade head
  vm run status                      where the database is and what is pending

README.md continues with a project of your own.
TEXT

#!/usr/bin/env bash
# Installs the Debian packages of packages.txt: all of them, or the groups named (`install.sh build`).
# Says nothing and needs no rights when nothing is missing. Starts no service.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$here/packages.txt

fail() {
  printf 'install.sh: %s\n' "$@" >&2
  exit 1
}

packages_of() { # GROUP...: the packages of these groups, of all groups when none is named
  awk -v wanted="$*" '
    BEGIN { count = split(wanted, names); for (i = 1; i <= count; i++) want[names[i]] = 1 }
    { sub(/#.*/, ""); gsub(/[ \t]/, "") }
    /^\[.*\]$/ { group = substr($0, 2, length($0) - 2); next }
    $0 != "" && (count == 0 || group in want)' "$list"
}

missing_of() { # PACKAGE...: those that are not installed
  dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    awk -v wanted="$*" '
      $2 == "installed" { have[$1] = 1 }
      END { count = split(wanted, names); for (i = 1; i <= count; i++) if (!(names[i] in have)) print names[i] }'
}

for group in "$@"; do
  grep -qxF "[$group]" "$list" || fail "no group '$group' in packages.txt; it has: $(grep -o '^\[.*\]' "$list" | tr -d '[]' | paste -sd' ')"
done
command -v dpkg-query >/dev/null ||
  fail "this is not a Debian system (no dpkg-query)" "install what third_party/packages.txt names by hand, then build with cmake"

mapfile -t wanted < <(packages_of "$@")
mapfile -t missing < <(missing_of "${wanted[@]}" || true)
((${#missing[@]})) || exit 0

if ((EUID != 0)); then
  command -v sudo >/dev/null ||
    fail "missing packages: ${missing[*]}" "installing them needs root: run this script as root, or install sudo"
  exec sudo -- "$here/install.sh" "$@"
fi

echo "installing ${#missing[@]} Debian packages: ${missing[*]}"

# Debian starts a service when its package is installed. A policy-rc.d that answers 101 forbids it; one that is there
# already is somebody's decision and stays as it is.
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
made_policy=
cleanup() {
  rm -f "$log"
  if [[ $made_policy ]]; then rm -f "$policy"; fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [[ ! -e $policy ]]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null
}
install_missing() { apt install --no-install-recommends "${missing[@]}"; }
update() { apt update || { cat "$log" >&2; fail "apt-get update failed"; }; }

# Lists that do not know a package, or know a version that the mirror has dropped, are too old.
known=$(apt-cache policy "${missing[@]}" 2>/dev/null | grep -c '^  Candidate: [^(]' || true)
if ((known < ${#missing[@]})); then
  update
  install_missing || { cat "$log" >&2; fail "apt-get install failed"; }
else
  install_missing || { update; install_missing; } || { cat "$log" >&2; fail "apt-get install failed"; }
fi

mapfile -t missing < <(missing_of "${wanted[@]}" || true)
((${#missing[@]} == 0)) || fail "still missing after the installation: ${missing[*]}"

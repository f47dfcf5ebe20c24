#!/usr/bin/env bash
# install.sh GROUP...: asks apt for those packages of the groups that are not there. The groups are the sections of
# cmake/packages.txt, and `stack`: deploy/local/packages.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { echo "install: $*" >&2; }
die() {
  say "$*"
  exit 1
}

packages_of() { # GROUP...
  local group
  for group in "$@"; do
    if [[ $group == stack ]]; then
      sed 's/#.*//' deploy/local/packages.txt
    else
      sed -n "/^\[$group\]/,/^\[/{/^\[/d;s/#.*//;p}" cmake/packages.txt
    fi
  done | xargs -n 1 | sort -u
}

missing_of() { # PACKAGE...
  comm -23 <(printf '%s\n' "$@") \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

mapfile -t packages < <(packages_of "$@")
mapfile -t missing < <(missing_of "${packages[@]}")
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null ||
    die "run this as root, there being no sudo: apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
fi
command -v apt-get >/dev/null || die "there is no apt-get here: Sluice is built on Debian 12"
say "from Debian: ${missing[*]}"

# These packages bring servers with them. We want the programs: nothing of theirs may start, now or at the next boot,
# nor take the port of the local stack's databases.
no_services=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/sluice.conf
made=()
tidy_up() { ((${#made[@]} == 0)) || "${as_root[@]}" rm -f "${made[@]}"; }
trap tidy_up EXIT
put() { # FILE MODE, content on stdin
  [[ ! -e $1 ]] || return 0
  "${as_root[@]}" install -D -m "$2" /dev/stdin "$1"
  made+=("$1")
}
put "$no_services" 755 <<<$'#!/bin/sh\nexit 101'
put "$no_cluster" 644 <<<'create_main_cluster = false'

apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
"${apt[@]}" update >&2 || say "some package lists could not be read: trying with those that are there"
"${apt[@]}" install --no-install-recommends "${missing[@]}" >&2 || {
  release=$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release | tr -d '"')
  die "apt-get could not install them all: see above; Sluice is built on Debian 12, this is ${release:-unknown}"
}
if [[ " ${missing[*]} " == *" prometheus "* && -d /run/systemd/system ]]; then
  "${as_root[@]}" systemctl disable --quiet prometheus
fi

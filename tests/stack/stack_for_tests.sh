#!/usr/bin/env bash
# The local stack that the stack tests share: `up FILE` starts it and writes its settings to FILE, `wipe` ends it.
# SLUICE_STACK_PROFILE chooses the versions.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
repo=$(readlink -f "$here/../..")
profile=${SLUICE_STACK_PROFILE:-debezium-2.7}
dir=$repo/.stack/tests-$profile
port_base=21100
[[ $profile == debezium-2.7 ]] || port_base=21200
stack=$repo/deploy/local/stack

case ${1:-} in
  up)
    "$stack" up --profile "$profile" --dir "$dir" --port-base "$port_base"
    "$stack" env --dir "$dir" >"$2"
    ;;
  wipe) "$stack" wipe --dir "$dir" ;;
  *)
    echo "usage: $0 up FILE | wipe" >&2
    exit 64
    ;;
esac

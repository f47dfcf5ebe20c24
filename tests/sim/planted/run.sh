#!/usr/bin/env bash
# Do the simulations find what they are for? Each patch beside this script plants one bug into a copy of the source, and
# the simulations have to fail on it. `run.sh [NAME...]`; the copy and its build are in build/planted.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../.."
here=$PWD/tests/sim/planted
copy=$PWD/build/planted/source
build=$copy/build/release # as in any checkout, so that ccache knows the objects
seconds_for_a_run=900
export SLUICE_SIM_SEEDS=${SLUICE_SIM_SEEDS:-20} SLUICE_SIM_HOURS=${SLUICE_SIM_HOURS:-500}

say() { echo "planted: $*"; }

take_copy() {
  mkdir -p "$copy"
  git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --preserve=timestamps -t "$copy"
  (cd "$copy" && cmake --preset release -DSLUICE_TEST_RUNGS=sim) >build/planted/configure.log
}

build_simulations() { # LOG
  ninja -C "$build" sim_control >"$1" 2>&1 || {
    tail -n 20 "$1" >&2
    say "it cannot be built"
    exit 1
  }
}

# The short ones first: most bugs are found by them.
simulations_pass() { # LOG
  local which
  for which in '~[long]~[seeds]' '[seeds]' '[long]~[seeds]'; do
    timeout -k 10 "$seconds_for_a_run" "$build/tests/sim_control" "$which" --abort >"$1" 2>&1 || return
  done
}

what_failed() { # LOG
  awk '/^-----/ { getline; print; exit }' "$1"
}

mapfile -t patches < <(find "$here" -name '*.patch' | sort)
if (($#)); then
  patches=("${@/#/$here/}")
  patches=("${patches[@]/%/.patch}")
fi
take_copy
build_simulations build/planted/none.log
if ! simulations_pass build/planted/none.log; then
  tail -n 40 build/planted/none.log >&2
  say "the simulations fail with no bug planted: then they show nothing"
  exit 1
fi
missed=0
for patch in "${patches[@]}"; do
  name=$(basename "$patch" .patch)
  log=build/planted/$name.log
  patch -s -p1 -d "$copy" --no-backup-if-mismatch <"$patch" || {
    say "$name: the patch does not fit any more"
    exit 1
  }
  build_simulations "$log"
  code=0
  simulations_pass "$log" || code=$?
  patch -s -R -p1 -d "$copy" --no-backup-if-mismatch <"$patch"
  if ((code == 0 || code == 124 || code == 137)); then
    say "$name: not caught"
    missed=$((missed + 1))
  else
    say "$name: caught by \"$(what_failed "$log")…\""
  fi
done
say "$((${#patches[@]} - missed)) of ${#patches[@]} caught"
((missed == 0))

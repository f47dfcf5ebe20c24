#!/usr/bin/env bash
# ./dev test-long [PART]: the tests that take too long for every change. Each run of a part ends within half an hour; one
# that has more to do, or was interrupted, goes on at the next call. Results go to docs/robustness.md.
# shellcheck disable=SC2317 # the parts are called by name
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/dev/jobs.sh

parts=(sim hours planted fuzz stack-debezium-3 crash faults rest reloads tidy tsan)
page=docs/robustness.md
seconds_for_a_part=1500
sim_seeds=10000
fuzz_seconds=300
simulated_hours=100000
crash_rounds=3 # of some 25 kills each
fault_rounds=3 # of 18 faults each
unfinished=75 # a part's exit code: well so far, and more to do
fixed=()      # what a program must be started by, so that its memory lies where it should

# The last commit, with a + when the work tree holds something else. The page itself does not count: it changes here.
commit_here() {
  local commit
  commit=$(git log -1 --format=%h --abbrev=12 -- . ":!$page" 2>/dev/null) || commit=unknown
  [[ -z $(git status --porcelain -- . ":!$page" 2>/dev/null) ]] || commit+=+
  echo "$commit"
}

# What a part got through, kept for the commit that it was done with.
is_through() { [[ $commit != *+ && -e $progress/$1 ]]; }
through() { touch "$progress/$1"; }
time_is_up() { ((SECONDS - part_begin > seconds_for_a_part)); }

# Each part leaves in `figure` what was counted.

sim() {
  local first at_a_time=500
  run build_preset asan sim_control || return 1
  for ((first = 1; first <= sim_seeds; first += at_a_time)); do
    figure="$((first - 1)) of $sim_seeds seeds"
    ! time_is_up || return "$unfinished"
    is_through "sim-$first" && continue
    run env SLUICE_SIM_FIRST_SEED="$first" SLUICE_SIM_SEEDS="$at_a_time" \
      build/asan/tests/sim_control '[seeds]' --warn NoTests || return 1
    through "sim-$first"
  done
  figure="$sim_seeds seeds"
}

# Ten times as many pipeline-hours as in ./dev test.
hours() {
  local log=build/release/hours.log
  run build_preset release sim_control || return 1
  run env SLUICE_SIM_HOURS="$simulated_hours" build/release/tests/sim_control '[hours]' --warn NoTests >"$log" || {
    tail -n 50 "$log" >&2
    return 1
  }
  figure=$(awk '/ pipeline-hours \(/ { for (i = 2; i <= NF; i++) if ($i == "pipeline-hours") sum += $(i - 1) }
    END { print sum + 0 " pipeline-hours, each restart as the policy says" }' "$log")
}

planted() {
  local log=build/planted.log
  mkdir -p build
  run tests/sim/planted/run.sh >"$log" || {
    tail -n 50 "$log" >&2
    return 1
  }
  figure=$(sed -n 's/^planted: \([0-9]* of [0-9]* caught\)$/\1/p' "$log")
}

fuzz_one() { # NAME
  local found=build/fuzz/found/$1
  mkdir -p "$found"
  build/fuzz/tests/fuzz/"$1" -max_total_time="$fuzz_seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/found/$1-" "$found" "tests/fuzz/corpus/${1#fuzz_}" \
    >"build/fuzz/$1.log" 2>&1 || {
    tail -n 30 "build/fuzz/$1.log" >&2
    return 1
  }
}

fuzz() {
  local source name job failed='' waiting=() names=() jobs=() inputs
  run build_preset fuzz fuzzers || return 1
  for source in tests/fuzz/fuzz_*.cpp; do
    names+=("$(basename "$source" .cpp)")
    is_through "${names[-1]}" || waiting+=("${names[-1]}")
  done
  while ((${#waiting[@]})); do
    ! time_is_up || return "$unfinished"
    jobs=()
    for name in "${waiting[@]:0:$(nproc)}"; do
      start_job fuzz_one "$name"
      jobs+=("$!:$name")
    done
    for job in "${jobs[@]}"; do
      if wait_job "${job%%:*}"; then through "${job#*:}"; else failed=1; fi
    done
    [[ -z $failed ]] || return 1
    waiting=("${waiting[@]:$(nproc)}")
    inputs=$(cat build/fuzz/fuzz_*.log | awk '/^stat::number_of_executed_units/ { sum += $2 } END { print sum + 0 }')
    figure="$((${#names[@]} - ${#waiting[@]})) of ${#names[@]} fuzzers, $fuzz_seconds s each, $inputs inputs"
  done
}

# Runs ctest and counts what has passed.
tests_of() { # PRESET CTEST-ARGUMENTS...
  local log=build/$1/test-long.log code=0
  run "${fixed[@]}" ctest --test-dir "build/$1" -j2 --output-on-failure --output-log "$log" "${@:2}" || code=$?
  figure=$(sed -n 's/.*, \([0-9]*\) tests failed out of \([0-9]*\)/\2 tests, \1 failed/p' "$log")
  return "$code"
}

stack-debezium-3() {
  local code=0
  run build_preset release || return 1
  export SLUICE_STACK_PROFILE=debezium-3
  trap 'end_all_jobs; tests/stack/stack_for_tests.sh wipe 2>/dev/null' EXIT
  tests_of release -L stack || code=$?
  trap end_all_jobs EXIT
  unset SLUICE_STACK_PROFILE
  return "$code"
}

# A test of tests/fault, as it is shipped; what it counted goes to a file.
fault_test() { # NAME FILE ARGUMENTS...
  run env PYTHONDONTWRITEBYTECODE=1 tests/fault/"$1" "${@:3}" >"$2.new" || return 1
  mv "$2.new" "$2"
}

# Rounds of one, each with its number for a seed, as files of NAME=NUMBER.
fault_rounds() { # NAME ROUNDS
  local round file
  run build_preset release sluice || return 1
  round_files=()
  for ((round = 1; round <= $2; round++)); do
    figure="$((round - 1)) of $2 rounds"
    file=$progress/$1-$round
    round_files+=("$file")
    is_through "$1-$round" && continue
    ! time_is_up || return "$unfinished"
    fault_test "$1" "$file" --seed "$round" || return 1
  done
}

total() { numbers "$1" | awk '{ sum += $1 } END { print sum + 0 }'; } # NAME
most() { numbers "$1" | sort -g | tail -n 1; }                         # NAME
numbers() { grep -oh "\b$1=[0-9.]*" "${round_files[@]}" | cut -d= -f2; }

crash() {
  fault_rounds crash "$crash_rounds" || return
  figure="$(total kills) kills in $(total steps) steps: the same end each time, no creation twice, no deletion unasked"
}

faults() {
  fault_rounds faults "$fault_rounds" || return
  figure="$(total faults) faults and $(total writes) rows written: all arrived; $(total restarts) restarts, all due; well at most"
  figure+=" $(most well_after) s after the last fault, the first row then after $(most arrived_after) s"
  figure+=" (scheduled.rebalance.max.delay.ms: $(most rebalance_delay) s)"
}

one_fault_test() { # NAME
  run build_preset release sluice || return 1
  fault_test "$1" "$progress/$1" || return 1
  figure=$(<"$progress/$1")
}

rest() { one_fault_test rest; }
reloads() { one_fault_test reloads; }

tidy() {
  local goal left code=0
  # What was checked by other rules has to be checked again.
  [[ build/tidy/CMakeCache.txt -nt .clang-tidy ]] || rm -rf build/tidy
  for goal in tidy:all dev:all_verify_interface_header_sets; do
    run cmake --preset "${goal%:*}" >/dev/null || return 1
    left=$((seconds_for_a_part - SECONDS + part_begin))
    ((left > 0)) || return "$unfinished"
    run timeout -k 10 "$left" ninja -k 0 -C "build/${goal%:*}" "${goal#*:}" || code=$?
    ((code != 124)) || return "$unfinished"
  done
  figure="$(find lib daemon -name '*.cpp' | wc -l) files, and $(find lib -name '*.hpp' | wc -l) headers, each alone"
  return "$code"
}

# Without librdkafka: it starts its threads by C11's thrd_create, which ThreadSanitizer does not know.
tsan() {
  local bits fixed=()
  # GCC 12's ThreadSanitizer cannot lay out its memory where the kernel moves mappings about by more than 28 bits.
  bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null) || bits=28
  ((bits <= 28)) || fixed=(setarch -R)
  run "${fixed[@]}" cmake --preset tsan || return 1
  run "${fixed[@]}" cmake --build --preset tsan || return 1
  tests_of tsan -L 'unit|component' -E '^component/kafka:'
}

declare -A what=(
  [sim]='the loop in a simulated world with seeded faults, under the sanitizers'
  [hours]='tasks that flap or cannot run, and a fleet of 200 connectors, in simulated time; restarts held against the policy'
  [planted]='bugs planted into a copy of the source: the simulations have to fail on each'
  [fuzz]='what reads text of others: libFuzzer with both sanitizers'
  [stack-debezium-3]='the stack tests with Debezium 3'
  [crash]='Sluice killed at random moments of whatever it does, on the real stack'
  [faults]='workers, their leader, the broker, both PostgreSQL and Sluice killed, frozen and restarted while rows are written'
  [rest]='200 connectors created beside a raw client; 1,000 left alone once they are as declared'
  [reloads]='SIGHUPs to a running daemon on the real stack, half of them on a broken file'
  [tidy]='clang-19 and clang-tidy on the program, and each header alone'
  [tsan]='unit and component tests under ThreadSanitizer'
)

# Replaces the part's row of the table.
record() { # PART RESULT FIGURE
  local row old
  row="| $1 | ${what[$1]} | $2 | $3 | $commit | $(date -u +%F) |"
  old=$(cat "$page")
  awk -v part="| $1 |" -v row="$row" 'index($0, part) == 1 { print row; next } { print }' <<<"$old" >"$page"
}

is_recorded() { # PART
  [[ $commit != *+ ]] && grep -q "^| $1 |.*| ok |.*| $commit |" "$page" 2>/dev/null
}

run_part() { # PART
  local code=0 figure='' part_begin=$SECONDS
  printf '\n== %s: %s\n' "$1" "${what[$1]}"
  "$1" || code=$?
  case $code in
    0) record "$1" ok "$figure" ;;
    "$unfinished") record "$1" 'ok so far' "$figure" ;;
    *) record "$1" failed "$figure" ;;
  esac
  echo "test-long: $(grep "^| $1 |" "$page")"
  ((code == 0 || code == unfinished))
}

wanted=("${parts[@]}")
if (($#)); then
  [[ -n ${what[$1]:-} ]] || {
    echo "test-long: unknown part $1: ${parts[*]}" >&2
    exit 64
  }
  wanted=("$1")
fi
cmake/dev/install.sh build test stack long
commit=$(commit_here)
progress=build/test-long/$commit
mkdir -p "$progress"
failed=''
for part in "${wanted[@]}"; do
  if (($# == 0)) && is_recorded "$part"; then
    echo "test-long: $part is done for $commit"
    continue
  fi
  run_part "$part" || failed=1
done
[[ -z $failed ]]

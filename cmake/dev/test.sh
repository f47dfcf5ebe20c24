#!/usr/bin/env bash
# ./dev test: everything but the long tests. The sanitizers watch over the lower rungs of the ladder, the stack sees
# what is shipped; one ctest runs both, so that there is one summary.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/dev/jobs.sh

(($# == 0)) || {
  echo "test: takes no argument; for a choice of tests: ctest --preset asan -R NAME" >&2
  exit 64
}
cmake/dev/install.sh build test stack

# The downloads wait for the network, the compiler for the processor.
start_job deploy/local/stack download
download=$!
run build_preset asan
run build_preset release
wait_job "$download" || {
  echo "test: the stack could not be downloaded: see above" >&2
  exit 1
}

mkdir -p build/test
printf 'subdirs("../asan" "../release")\n' >build/test/CTestTestfile.cmake
# A ctest that is interrupted leaves its fixture's servers running.
trap 'end_all_jobs; tests/stack/stack_for_tests.sh wipe 2>/dev/null' EXIT
run ctest --test-dir build/test -j2 --output-on-failure

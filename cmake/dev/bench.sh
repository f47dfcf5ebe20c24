#!/usr/bin/env bash
# ./dev bench: builds what is in bench/ as it is shipped, and runs one after the other: programs (NAME.cpp) and scripts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/dev/jobs.sh

cmake/dev/install.sh build stack
mapfile -t sources < <(find bench -maxdepth 1 -name '*.cpp' | sort)
mapfile -t benches < <(find bench -maxdepth 1 -type f -executable | sort)
if ((${#sources[@]})); then
  run build_preset release benches
  for source in "${sources[@]}"; do benches+=("build/release/bench/$(basename "$source" .cpp)"); done
fi
((${#benches[@]})) || {
  echo "bench: there is nothing in bench/ yet"
  exit 0
}
for bench in "${benches[@]}"; do
  printf '\n== %s\n' "$(basename "$bench")"
  run "$bench"
done

#!/usr/bin/env bash
# ./dev bench [NAME…]: builds what is in bench/ as it is shipped, and runs one after the other, or those named: programs
# (NAME.cpp) and scripts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/dev/jobs.sh

is_wanted() {
  local name
  ((${#wanted[@]})) || return 0
  for name in "${wanted[@]}"; do [[ $name == "$1" ]] && return 0; done
  return 1
}

wanted=("$@")
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
ran=0
failed=()
for bench in "${benches[@]}"; do
  is_wanted "$(basename "$bench")" || continue
  ran=1
  printf '\n== %s\n' "$(basename "$bench")"
  run "$bench" || failed+=("$(basename "$bench")") # with figures that miss their limit, too
done
((ran)) || {
  echo "bench: there is no ${wanted[*]} in bench/" >&2
  exit 64
}
((${#failed[@]} == 0)) || {
  echo "bench: not as it should be: ${failed[*]}" >&2
  exit 1
}

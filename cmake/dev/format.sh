#!/usr/bin/env bash
# ./dev format: clang-format on the C++, in place; shellcheck on the scripts. With --check nothing is changed, and the
# end is 1 when something would be.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

case ${1:-} in
  '') how=(-i) ;;
  --check) how=(--dry-run --Werror) ;;
  *)
    echo "format: unknown option $1 (try: ./dev help)" >&2
    exit 64
    ;;
esac
cmake/dev/install.sh format

sources() { find lib daemon tests bench \( -name '*.cpp' -o -name '*.hpp' \) -print0; }
scripts() {
  printf '%s\0' dev deploy/local/stack .ci/run
  find cmake deploy tests bench -name '*.sh' -print0
}

failed=''
sources | xargs -0 clang-format-19 "${how[@]}" || failed=1
scripts | xargs -0 shellcheck --external-sources || failed=1
if [[ -n $failed ]]; then
  echo "format: see above; \`./dev format\` puts the C++ right" >&2
  exit 1
fi

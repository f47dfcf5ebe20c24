#!/usr/bin/env bash
# ./dev demo: from whatever is there to five rows in the sink, and a running Sluice to play with.
# shellcheck disable=SC2317 # functions that are called by name, as a trap or a job, are not unreachable
set -euo pipefail
begin=$EPOCHREALTIME
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/dev/jobs.sh

once=''
case ${1:-} in
  '') ;;
  --once) once=1 ;;
  *)
    echo "demo: unknown option $1 (try: ./dev help)" >&2
    exit 64
    ;;
esac

sluice=build/release/sluice
file=config/pipeline.yaml
log=build/release/demo.log
stack=deploy/local/stack
healthy_within=180 # seconds
daemon='' stack_is_ours='' code_when_interrupted=130

step() { printf '\n== %s\n' "$*"; }
die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

# Whatever ends the demo, nothing stays behind that it has started.
finish() {
  local code=$?
  trap '' INT TERM HUP
  trap - EXIT
  set +e
  if [[ -n $daemon ]]; then
    step "Stopping Sluice"
    end_job "$daemon" 6 || echo "demo: sluice did not end within 6 s and was killed: see $log" >&2
  fi
  end_all_jobs
  if [[ -n $stack_is_ours ]]; then
    step "Stopping the stack (its data stay: ./dev stack wipe deletes them)"
    "$stack" down
  fi
  exit "$code"
}

build_and_bring_up() {
  local phase=$EPOCHREALTIME stack_up
  # Servers that run already are somebody else's, and stay.
  { "$stack" status || true; } | awk 'NR > 1 && $2 !~ /^(stopped|dead)$/ { found = 1 } END { exit !found }' ||
    stack_is_ours=1
  start_job "$stack" up
  stack_up=$!
  run build_preset release sluice || die "Sluice could not be built: see above"
  echo "demo: $sluice is built ($(seconds_since "$phase") s)"
  wait_job "$stack_up" || die "the stack is not up: see above"
}

# Prints what is new in a status, and says whether all is as declared.
declare -A shown=()
show_status() { # STATUS EPOCHREALTIME-of-the-start
  local name status reason
  while IFS=$'\t' read -r name status reason; do
    [[ ${shown[$name]:-} != "$status $reason" ]] || continue
    shown[$name]="$status $reason"
    printf '%6s s  %-16s %-9s %s\n' "$(seconds_since "$2")" "$name" "$status" "$reason"
  done < <(jq -r '.pipelines[] | (.links[] | [.connector, .status, .reason]), [.name, .status, .reason] | @tsv' <<<"$1")
  jq -e '.pipelines | length > 0 and all(.status == "ok" and .in_sync or .status == "paused")' <<<"$1" >/dev/null
}

rows_in() { # source|sink TABLE
  "$stack" psql "$1" -Atc "SELECT count(*) FROM $2" 2>/dev/null || echo none
}

run_until_healthy() {
  local phase=$EPOCHREALTIME deadline=$((SECONDS + healthy_within)) well=0 now
  "$sluice" -c "$file" check || die "$file has errors: see above"
  start_job "$sluice" -c "$file" run 2>"$log"
  daemon=$!
  # Well for a second: right after a write Connect still shows what was before.
  until ((well >= 4)) && [[ $(rows_in source products) == "$(rows_in sink public_products)" ]]; do
    sleep 0.3
    if now=$("$sluice" -c "$file" status -o json 2>/dev/null) && show_status "$now" "$phase"; then
      well=$((well + 1))
    else
      well=0
    fi
    kill -0 "$daemon" 2>/dev/null || {
      daemon=''
      tail -n 5 "$log" >&2
      die "sluice has ended: see above, and $log"
    }
    ((SECONDS < deadline)) || return 1
  done
}

invite() {
  local http
  http=$(sed -n 's/.* http=\(http[^ ]*\).*/\1/p' "$log" | head -n 1)
  cat <<TEXT

  health    $http/healthz
  metrics   $http/metrics
  API       $http/api/v1/pipelines

Try, in another terminal in this directory:

  set -a; eval "\$(./dev stack env)"; set +a       # the passwords that $file asks for
  $sluice status --watch
  ./dev stack psql source -c "INSERT INTO products (name, price, stock) VALUES ('Kettle', 29.90, 12)"
  ./dev stack psql sink -c 'SELECT * FROM public_products'
  curl -X DELETE $CONNECT_URL/connectors/shop-warehouse    # and see it come back

or change $file (another \`heartbeat:\`, say), then

  $sluice plan                # what would change
  kill -HUP $daemon               # do it; or: $sluice reload --wait
TEXT
}

trap finish EXIT
trap 'exit "$code_when_interrupted"' INT TERM HUP

step "Installing what is missing"
cmake/dev/install.sh build stack
mkdir -p build/release

step "Building Sluice and starting the local stack"
build_and_bring_up
# shellcheck disable=SC1090 # shell assignments, among them the passwords that the file asks for
source <("$stack" env)
export SOURCE_DB_PASSWORD SINK_DB_PASSWORD

step "sluice run (log: $log)"
if run_until_healthy; then
  step "Healthy, $(seconds_since "$begin") s after ./dev demo"
  code_when_interrupted=0
else
  step "Not healthy within $healthy_within s; the end of the log"
  tail -n 20 "$log"
fi
"$sluice" -c "$file" status || true
echo
"$stack" psql sink -P pager=off -c 'SELECT * FROM public_products ORDER BY id' || true
[[ -z $once ]] || exit $((code_when_interrupted != 0))

invite
step "What Sluice says from here on; Ctrl-C stops everything"
start_job tail -n 0 -f "$log"
wait_job "$daemon" || true
daemon=''
die "sluice has ended: see $log"

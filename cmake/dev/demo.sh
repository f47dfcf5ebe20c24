#!/usr/bin/env bash
# ./dev demo: from whatever is there to five rows in the sink, and a running Sluice to play with.
# shellcheck disable=SC2317 # functions that are called by name, as a trap or a job, are not unreachable
set -euo pipefail
begin=$EPOCHREALTIME
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/dev/jobs.sh

usage_error() {
  echo "demo: $* (try: ./dev help)" >&2
  exit 64
}

once='' profile=() ports=()
while (($#)); do
  case $1 in
    --profile | --port-base) (($# > 1)) || usage_error "$1 needs a value" ;;
  esac
  case $1 in
    --once) once=1 ;;
    --profile) profile=("$1" "$2") && shift ;;
    --port-base) ports=("$1" "$2") && shift ;;
    *) usage_error "unknown option $1" ;;
  esac
  shift
done

sluice=build/release/sluice
file=config/pipeline.yaml
log=build/release/demo.log
healthy_within=180 # seconds
daemon='' stack_is_ours='' code_when_interrupted=130

stack() { # VERB ARGS...
  deploy/local/stack "$1" "${profile[@]}" "${@:2}"
}

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
    step "Stopping the stack (its data stay: ./dev stack wipe${profile[*]:+ ${profile[*]}} deletes them)"
    stack down
  fi
  exit "$code"
}

# One demo at a time in a checkout, held by this process alone: each command that could outlive it is started
# without the lock.
refuse_beside_another() {
  local lock=build/release/demo.lock other
  exec {demo_lock}>>"$lock"
  flock -n "$demo_lock" || {
    other=$(<"$lock")
    die "another demo runs here (${other:-it has just begun}, log: $log): play with that one, or end it with Ctrl-C"
  }
  echo "process $$ since $(date '+%F %T')" >"$lock"
}

build_sluice() {
  local begin=$EPOCHREALTIME
  build_preset release sluice || return
  echo "demo: $sluice is built ($(seconds_since "$begin") s)"
}

build_and_bring_up() {
  local stack_up build
  # Servers that run already are somebody else's, and stay.
  { stack status || true; } | awk 'NR > 1 && $2 !~ /^(stopped|dead)$/ { found = 1 } END { exit !found }' ||
    stack_is_ours=1
  start_job stack up "${ports[@]}" {demo_lock}>&-
  stack_up=$!
  start_job build_sluice {demo_lock}>&-
  build=$!
  wait_jobs "$stack_up" "$build" && return
  [[ $failed_job == "$stack_up" ]] || die "Sluice could not be built: see above"
  die "the stack is not up: see above"
}

# The file names the usual ports. Where the stack has others, Sluice runs a copy that names those.
choose_file() {
  local kafka_port=${KAFKA_BOOTSTRAP##*:}
  ((kafka_port != 9092)) || return 0
  file=build/release/demo.yaml
  {
    echo "# A copy of config/pipeline.yaml with the ports of this stack. Each ./dev demo makes it anew."
    sed -e "s/localhost:9092/$KAFKA_BOOTSTRAP/; s,http://localhost:8083,$CONNECT_URL," \
      -e "s/port: 5432/port: $SOURCE_PORT/; s/port: 5433/port: $SINK_PORT/" \
      -e "s/127\.0\.0\.1:8084/127.0.0.1:$((kafka_port + 13))/" config/pipeline.yaml # after nine workers
  } >"$file"
}

# Prints what is new in a status, and says whether all is as declared, but for what waits for a person.
declare -A shown=()
show_status() { # STATUS EPOCHREALTIME-of-the-start
  local key name status reason
  while IFS=$'\t' read -r key name status reason; do
    [[ ${shown[$key]:-} != "$status $reason" ]] || continue
    shown[$key]="$status $reason"
    printf '%6s s  %-16s %-9s %s\n' "$(seconds_since "$2")" "$name" "$status" "$reason"
  done < <(jq -r '
    (.pipelines[]
      | (.links[] | ["link " + .connector, .connector, .status, .reason]),
        ["pipeline " + .name, .name, .status,
          if .reason == "" and (.in_sync | not) then "not yet as the file says" else .reason end]),
    (.plan.changes[] | select(.held | IN("none", "order") | not)
      | ["change " + .id, .subject, "waits", .blocked])
    | @tsv' <<<"$1")
  jq -e '
    ([.plan.changes[].held | IN("none", "order")] | length > 0 and (any | not)) as $all_wait
    | .pipelines
    | length > 0 and all(.status == "paused" or .status == "ok" and (.in_sync or $all_wait))' <<<"$1" >/dev/null
}

rows_in() { # source|sink TABLE
  stack psql "$1" -Atc "SELECT count(*) FROM $2" 2>/dev/null || echo none
}

# The first time all rows are to arrive. Later people may have changed both tables, and they need not be equal.
rows_are_missing() {
  local there
  [[ -n $is_first_time ]] || return 1
  there=$(rows_in sink public_products)
  [[ $(rows_in source products) != "$there" ]] || return 1
  [[ ${shown[rows]:-} == "$there" ]] ||
    echo "          waiting for the rows of products in the sink: ${there/none/no table yet}"
  shown[rows]=$there
}

refuse_beside_a_sluice() {
  local other
  other=$("$sluice" -c "$file" status -o json 2>/dev/null) || return 0
  die "a Sluice runs already: $(jq -r '"instance \(.instance), file \(.config.file)"' <<<"$other"): end that one first"
}

run_until_healthy() {
  local phase=$EPOCHREALTIME deadline=$((SECONDS + healthy_within)) well=0 now is_first_time=''
  "$sluice" -c "$file" check || die "$file has errors: see above"
  refuse_beside_a_sluice
  [[ $(rows_in sink public_products) != none ]] || is_first_time=1
  start_job "$sluice" -c "$file" run 2>"$log" {demo_lock}>&-
  daemon=$!
  # Well for a second: right after a write Connect still shows what was before.
  until ((well >= 4)) && ! rows_are_missing; do
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
  local http command=$sluice of_profile="${profile[*]:+ ${profile[*]}}"
  [[ $file == config/pipeline.yaml ]] || command+=" -c $file"
  http=$(sed -n 's/.* http=\(http[^ ]*\).*/\1/p' "$log" | head -n 1)
  cat <<TEXT

  health    $http/healthz
  metrics   $http/metrics
  API       $http/api/v1/pipelines

Try, in another terminal in this directory:

  set -a; eval "\$(./dev stack env$of_profile)"; set +a   # the passwords that the file asks for
  $command status --watch
  ./dev stack psql$of_profile source -c "INSERT INTO products (name, price, stock) VALUES ('Kettle', 29.90, 12)"
  ./dev stack psql$of_profile sink -c 'SELECT * FROM public_products'
  curl -X DELETE $CONNECT_URL/connectors/shop-warehouse    # and see it come back

or change $file (another \`heartbeat:\`, say), then

  $command plan               # what would change
  kill -HUP $daemon               # do it; or: $command reload
TEXT
}

trap finish EXIT
trap 'exit "$code_when_interrupted"' INT TERM HUP

mkdir -p build/release
refuse_beside_another
step "Installing what is missing"
cmake/dev/install.sh build stack

step "Building Sluice and starting the local stack"
build_and_bring_up
# shellcheck disable=SC1090 # shell assignments, among them the passwords that the file asks for
source <(stack env)
export SOURCE_DB_PASSWORD SINK_DB_PASSWORD
choose_file

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
stack psql sink -P pager=off -c 'SELECT * FROM public_products ORDER BY id' || true
[[ -z $once ]] || exit $((code_when_interrupted != 0))

invite
step "What Sluice says from here on; Ctrl-C stops everything"
start_job tail -n 0 -f "$log" {demo_lock}>&-
wait_job "$daemon" || true
daemon=''
die "sluice has ended: see $log"

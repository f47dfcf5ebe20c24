# shellcheck shell=bash
# Jobs that a script starts, waits for and ends. Each is a process group of its own: so Ctrl-C on a terminal reaches the
# script alone, which ends them in its own order and whole; and a signal interrupts `wait`, as it would not a command
# in the foreground. A script that sources this ends by `exit` on a signal, and no job outlives it.

declare -A alive=() # pid -> 1

start_job() { # COMMAND...; its pid is then in $!
  set -m
  "$@" </dev/null &
  set +m
  alive[$!]=1
}

wait_job() { # PID; the job's exit code
  local code=0
  wait "$1" || code=$?
  unset "alive[$1]"
  return "$code"
}

# Jobs side by side: ends with the first that fails, which is then $failed_job, and the others go on.
wait_jobs() { # PID...
  local pid left
  while (($#)); do
    left=()
    for pid in "$@"; do
      # shellcheck disable=SC2034 # for who calls
      failed_job=$pid
      # `wait -n` does not know those that have ended already.
      if kill -0 "$pid" 2>/dev/null; then left+=("$pid"); else wait_job "$pid" || return; fi
    done
    set -- "${left[@]}"
    sleep 0.1
  done
}

run() { # COMMAND...
  start_job "$@"
  wait_job "$!"
}

# Ends a job and its children: asks, and kills after the time given (then 1).
end_job() { # PID SECONDS
  local until=$((SECONDS + $2)) code=0
  unset "alive[$1]"
  kill -TERM -- "-$1" 2>/dev/null || return 0
  while kill -0 "$1" 2>/dev/null; do
    if ((SECONDS >= until)); then
      kill -KILL -- "-$1" 2>/dev/null || true
      code=1
    fi
    sleep 0.1
  done
  wait "$1" 2>/dev/null || true
  return "$code"
}

end_all_jobs() {
  local job
  trap '' INT TERM HUP
  for job in "${!alive[@]}"; do end_job "$job" 30 || true; done
}

build_preset() { # PRESET [TARGET]
  mkdir -p "build/$1"
  cmake --preset "$1" >"build/$1/configure.log" 2>&1 || {
    cat "build/$1/configure.log" >&2
    return 1
  }
  cmake --build --preset "$1" ${2:+--target "$2"}
}

seconds_since() { # EPOCHREALTIME
  local tenths=$(((${EPOCHREALTIME/./} - ${1/./}) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

trap end_all_jobs EXIT
trap 'exit 130' INT TERM HUP

# shellcheck shell=bash disable=SC2154 # the variables are set by `stack`
# Server processes: started detached, known by pid and start time, so that a recycled pid is never signalled.

# Fields of /proc/PID/stat from the state (3rd) on; the command in front of it may hold blanks and parentheses.
proc_fields() { # PID -> array `fields`
  local line
  read -r line 2>/dev/null <"/proc/$1/stat" || return 1
  read -ra fields <<<"${line##*) }"
}

# The service's pid, if the process that was started still exists.
pid_of() { # SERVICE -> prints the pid
  local pid started fields
  read -r pid started 2>/dev/null <"$run/$1.pid" || return 1
  proc_fields "$pid" && [[ ${fields[19]} == "$started" ]] || return 1
  # A zombie is gone, unless threads of it still hold its sockets.
  [[ ${fields[0]} != [ZX] || ${fields[17]} -gt 1 ]] && echo "$pid"
}

is_paused() { # SERVICE
  local pid fields
  pid=$(pid_of "$1") && proc_fields "$pid" && [[ ${fields[0]} == T ]]
}

launch() { # SERVICE COMMAND...
  local service=$1 out=$run/logs/$1.out
  shift
  [[ ! -f $out ]] || (($(stat -c %s "$out") < 10000000)) || mv "$out" "$out.1"
  rm -f "$run/$service.pid"
  # The new session notes its own pid before it becomes the server: however `up` ends, no server goes unrecorded.
  # shellcheck disable=SC2016
  setsid bash -c '
    read -r line </proc/$$/stat
    read -ra fields <<<"${line##*) }"
    echo "$$ ${fields[19]}" >"$1"
    shift
    exec "$@"' launch "$run/$service.pid" "${as_server[@]}" "$@" </dev/null >>"$out" 2>&1 {run_lock}>&- &
  until [[ -s $run/$service.pid ]]; do sleep 0.02; done
}

# Signals the process and its children: PostgreSQL's backends are in sessions of their own, so no group covers them.
signal() { # SERVICE SIGNAL
  local pid
  pid=$(pid_of "$1") || die "$1 is not running"
  kill -STOP "$pid" # forks no more while its children are listed
  { echo "$pid" && pgrep -P "$pid"; } | xargs -r kill "-$2" 2>/dev/null || true
}

wait_gone() { # SERVICE SECONDS
  local until=$((SECONDS + $2))
  while pid_of "$1" >/dev/null; do
    ((SECONDS < until)) || return 1
    sleep 0.1
  done
}

# Stops a service in an orderly way, and by force when that takes too long.
stop_service() { # SERVICE
  local service=$1 pid how=TERM
  if pid=$(pid_of "$service"); then
    [[ $service != source && $service != sink ]] || how=INT # a fast shutdown: does not wait for clients
    is_paused "$service" && signal "$service" CONT
    kill "-$how" "$pid" 2>/dev/null || true
    if ! wait_gone "$service" 20; then
      say "$service does not stop: killed"
      signal "$service" KILL
      wait_gone "$service" 10 || die "$service (pid $pid) does not end, not even when killed"
    fi
    say "$service stopped"
  fi
  rm -f "$run/$service.pid"
}

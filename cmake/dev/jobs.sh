# shellcheck shell=bash
# Jobs that a script starts and ends. Each is a process group of its own, so that the terminal's Ctrl-C reaches the
# script alone, which then ends them in its own order; and a signal interrupts `wait`, not a foreground command.

start_job() { # COMMAND...; its pid is then in $!
  set -m
  "$@" </dev/null &
  set +m
}

# Ends a job and all its children: asks, and after the time given kills.
end_job() { # PID SECONDS
  local until=$((SECONDS + $2))
  kill -TERM -- "-$1" 2>/dev/null || return 0
  while kill -0 "$1" 2>/dev/null; do
    if ((SECONDS >= until)); then
      kill -KILL -- "-$1" 2>/dev/null || true
      return 1
    fi
    sleep 0.1
  done
}

seconds_since() { # EPOCHREALTIME
  local tenths=$(((${EPOCHREALTIME/./} - ${1/./}) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# shellcheck shell=bash disable=SC2154 # the variables are set by `stack`
# The source and the sink database, each a PostgreSQL server of its own.

postgres_role() { [[ $1 == source ]] && echo cdc_user || echo sink_user; }
postgres_password() { [[ $1 == source ]] && echo "$source_password" || echo "$sink_password"; }

postgres_psql() { # SERVICE USER PASSWORD DATABASE ARGS...
  PGPASSWORD=$3 PGCONNECT_TIMEOUT=2 psql -X -q -v ON_ERROR_STOP=1 \
    -h 127.0.0.1 -p "$(port_of "$1")" -U "$2" -d "$4" "${@:5}"
}

# PostgreSQL's lock file holds a pid that a zombie, or somebody else's process, may still have: PostgreSQL would not
# start. That no process works in the data directory any more proves the file to be stale.
postgres_unlock() { # DATA
  local cwd until=$((SECONDS + 10))
  while cwd=$(readlink /proc/[0-9]*/cwd 2>/dev/null | grep -Fxm 1 "$1"); do
    ((SECONDS < until)) || die "a PostgreSQL process that was not started here works in $cwd"
    sleep 0.1
  done
  rm -f "$1/postmaster.pid"
}

postgres_start() { # SERVICE
  local service=$1 data=$run/data/$1
  # Without the mark the database was left half made by an interrupted `up`: start over.
  if [[ ! -e $run/data/$service.ready ]]; then
    rm -rf "$data"
    install -m 600 -o "$server_user" /dev/stdin "$run/data/$service.password" <<<"$admin_password"
    "${as_server[@]}" "$(postgres_bin)/initdb" -D "$data" -U postgres --pwfile="$run/data/$service.password" \
      --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions >>"$run/logs/$service.out" 2>&1 ||
      return 1
    rm "$run/data/$service.password"
    echo "include 'stack.conf'" >>"$data/postgresql.conf"
  fi
  postgres_unlock "$data"
  cat >"$data/stack.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $(port_of "$service")
unix_socket_directories = ''
wal_level = $([[ $service == source ]] && echo logical || echo replica)
max_wal_senders = 20
max_replication_slots = 20
max_connections = 100
fsync = off                  # data of a local stack may be lost with the machine
log_line_prefix = '%m [%p] %q%u@%d '
CONF
  launch "$service" "$(postgres_bin)/postgres" -D "$data"
}

# Runs once the server answers; the roles' rights are what the SQL files and the connectors need, and no more.
postgres_setup() { # SERVICE
  local service=$1 role
  [[ ! -e $run/data/$service.ready ]] || return 0
  role=$(postgres_role "$service")
  # psql quotes the password (:'password') in a script, not in -c; and CREATE DATABASE refuses a transaction.
  postgres_psql "$service" postgres "$admin_password" postgres -v role="$role" -v database="${service}_db" \
    -v password="$(postgres_password "$service")" <<'SQL'
CREATE ROLE :role LOGIN PASSWORD :'password';
CREATE DATABASE :database;
GRANT CREATE ON DATABASE :database TO :role;
\connect :database
GRANT USAGE, CREATE ON SCHEMA public TO :role;
SQL
  if [[ $service == source ]]; then
    postgres_psql source postgres "$admin_password" postgres -c "ALTER ROLE $role REPLICATION"
    postgres_psql source "$role" "$source_password" source_db -1 -f "$here/../sql/source.sql"
  fi
  touch "$run/data/$service.ready"
}

postgres_answers() { # SERVICE
  postgres_psql "$1" postgres "$admin_password" postgres -c 'SELECT 1' >/dev/null 2>&1
}

postgres_healthy() { # SERVICE
  [[ -e $run/data/$1.ready ]] &&
    postgres_psql "$1" "$(postgres_role "$1")" "$(postgres_password "$1")" "${1}_db" -c 'SELECT 1' >/dev/null 2>&1
}

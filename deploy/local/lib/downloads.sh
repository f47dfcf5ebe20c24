# shellcheck shell=bash disable=SC2154 # the variables are set by `stack`
# Jars, plugins and PostgreSQL, fetched once into .stack/downloads and shared by all stacks.

# $bundle is named after the pom's content, so a changed version is a new folder. It appears under its name only when
# complete, and a lock lets one stack fetch while others wait.
download_all() {
  [[ -d $bundle ]] && return
  local lock part failed='' jobs=()
  mkdir -p "$downloads"
  exec {lock}>"$bundle.lock"
  flock "$lock"
  if [[ ! -d $bundle ]]; then
    say "downloading Kafka, Connect, Debezium and PostgreSQL ($profile), once"
    mkdir -p "$bundle.partial"
    set -m # a process group each, so that an interrupt can end it whole
    for part in broker worker bundles; do
      fetch "$part" "$bundle.partial" </dev/null {run_lock}>&- &
      jobs+=($!)
    done
    set +m
    for part in "${jobs[@]}"; do wait "$part" || failed=1; done
    [[ -z $failed ]] || die "the download failed: see above; what has arrived is kept, try again"
    mv "$bundle.partial" "$bundle"
  fi
  exec {lock}>&-
}

fetch() { # PART DIR
  local part=$1 dir=$2/$1 archive
  [[ ! -e $dir.done ]] || return 0
  rm -rf "$dir"
  mvn --batch-mode --quiet --strict-checksums --file "$here/pom.xml" --activate-profiles "$profile,$part" \
    dependency:copy-dependencies -DoutputDirectory="$dir" -DexcludeTransitive="$([[ $part == bundles ]] && echo true || echo false)" \
    >"$dir.log" 2>&1 || {
    cat "$dir.log" >&2
    return 1
  }
  if [[ $part == bundles ]]; then
    mkdir "$dir/plugins" "$dir/postgres"
    for archive in "$dir"/*-plugin.tar.gz; do
      tar -xzf "$archive" -C "$dir/plugins" --no-same-owner
    done
    unzip -p "$dir"/embedded-postgres-*.jar '*.txz' | tar -xJ -C "$dir/postgres" --no-same-owner
    rm "$dir"/*.tar.gz "$dir"/*.jar
  fi
  touch "$dir.done"
}

jars() { echo "$bundle/$1/*"; } # broker|worker -> a class path
plugins() { echo "$bundle/bundles/plugins"; }
postgres_bin() { echo "$bundle/bundles/postgres/bin"; }

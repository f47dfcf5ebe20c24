# shellcheck shell=bash disable=SC2154 # the variables are set by `stack`
# Kafka Connect workers of one distributed cluster: connect, connect2, connect3, ...

connect_start() { # SERVICE
  local service=$1
  cat >"$run/$service.properties" <<CONF
bootstrap.servers=127.0.0.1:$(port_of kafka)
group.id=connect-cluster
listeners=http://127.0.0.1:$(port_of "$service")
rest.advertised.host.name=localhost
rest.advertised.port=$(port_of "$service")
plugin.path=$(plugins)
plugin.discovery=hybrid_warn
config.storage.topic=_connect-configs
offset.storage.topic=_connect-offsets
status.storage.topic=_connect-status
config.storage.replication.factor=1
offset.storage.replication.factor=1
offset.storage.partitions=5
status.storage.replication.factor=1
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
# Shorter than Connect's defaults (60 s, 5 min), so that tests need not wait.
offset.flush.interval.ms=5000
scheduled.rebalance.max.delay.ms=5000
# \${file:$run/secrets/NAME.properties:KEY} in a connector's config
config.providers=file
config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
config.providers.file.param.allowed.paths=$run/secrets
CONF
  launch "$service" java -Xms256m "-Xmx${SLUICE_STACK_WORKER_HEAP:-1g}" "${java_flags[@]}" -Dsluice.log="$run/logs/$service.log" -cp "$(jars worker)" \
    org.apache.kafka.connect.cli.ConnectDistributed "$run/$service.properties"
}

# A worker that lists connectors is a member of the group and has read its topics.
connect_healthy() { # SERVICE
  local url classes
  url=http://127.0.0.1:$(port_of "$1")
  curl -fs -m 3 "$url/connectors" 2>/dev/null | jq -e 'type == "array"' >/dev/null 2>&1 || return 1
  classes=$(curl -fs -m 3 "$url/connector-plugins" 2>/dev/null) || return 1
  [[ $classes == *io.debezium.connector.postgresql.PostgresConnector* &&
    $classes == *io.debezium.connector.jdbc.JdbcSinkConnector* ]]
}

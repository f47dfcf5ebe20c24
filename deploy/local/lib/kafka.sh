# shellcheck shell=bash disable=SC2154 # the variables are set by `stack`
# The broker: KRaft, broker and controller in one process.

kafka_start() {
  local data=$run/data/kafka id
  cat >"$run/kafka.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$(port_of controller)
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$(port_of kafka),CONTROLLER://127.0.0.1:$(port_of controller)
advertised.listeners=PLAINTEXT://127.0.0.1:$(port_of kafka)
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$data
# A missing topic shall stay missing: creating topics is Sluice's work.
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
group.initial.rebalance.delay.ms=0
# A killed broker may register again only when its old session has ended (default 9 s).
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
CONF
  if [[ ! -e $data/meta.properties ]]; then
    rm -rf "$data"
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_')
    id=s${id:1:21} # like `random-uuid`, never with a leading dash
    "${as_server[@]}" java "${java_flags[@]}" -Dsluice.log="$run/logs/kafka.log" -cp "$(jars broker)" kafka.tools.StorageTool \
      format --config "$run/kafka.properties" --cluster-id "$id" >>"$run/logs/kafka.out" 2>&1 ||
      return 1
  fi
  launch kafka java -Xms128m -Xmx512m "${java_flags[@]}" -Dsluice.log="$run/logs/kafka.log" -cp "$(jars broker)" \
    kafka.Kafka "$run/kafka.properties"
}

# A broker that lists itself is registered and unfenced: topics can be created.
kafka_healthy() {
  timeout 3 kcat -L -J -m 2 -b "127.0.0.1:$(port_of kafka)" 2>/dev/null | jq -e '.brokers | length == 1' >/dev/null
}

kafka_tool() { # NAME ARGS...
  local class
  case $1 in
    kafka-topics) class=org.apache.kafka.tools.TopicCommand ;;
    kafka-consumer-groups) class=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
    kafka-configs) class=kafka.admin.ConfigCommand ;;
    *) usage_error "unknown tool $1: kafka-topics, kafka-consumer-groups or kafka-configs" ;;
  esac
  java "${java_flags[@]}" -Dsluice.log=/dev/null -cp "$(jars broker)" "$class" \
    --bootstrap-server "127.0.0.1:$(port_of kafka)" "${@:2}"
}

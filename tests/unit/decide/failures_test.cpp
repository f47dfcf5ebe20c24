// What a trace says: the texts of the real failures, as PostgreSQL, Debezium and Connect write them.
#include "decide/failures.hpp"
#include "support/recorded_trace.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::decide;
using model::connector_role;
using sluice::testing::recorded_trace;
using enum failure_class;

namespace {

/// As Connect shows it: wrapped, with frames between.
std::string wrapped(const std::string& cause) {
    return "org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable "
           "exception.\n\tat "
           "org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:632)\n"
           "Caused by: org.apache.kafka.connect.errors.ConnectException: JDBC sink connector failure\n\t... "
           "10 more\n"
           "Caused by: " +
           cause +
           "\n\tat "
           "org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2713)\n\t..."
           " 24 more\n";
}

std::string code_of(const std::string& trace, connector_role role = connector_role::source) {
    return std::string(classify(trace, role).code);
}

} // namespace

TEST_CASE("every text that was seen has its code and its class") {
    struct row {
        std::string cause;
        connector_role role;
        std::string code;
        failure_class kind;
    };
    constexpr auto source = connector_role::source;
    constexpr auto sink = connector_role::sink;
    const std::vector<row> rows{
        {"org.postgresql.util.PSQLException: ERROR: can no longer get changes from replication slot \"s1\"\n "
         " Detail: This slot has been invalidated because it exceeded the maximum reserved size.",
         source,
         "SLOT_LOST",
         terminal},
        {"org.postgresql.util.PSQLException: ERROR: can no longer access replication slot \"s1\"",
         source,
         "SLOT_LOST",
         terminal},
        {"x: This slot has been invalidated because it was conflicting with recovery.",
         source,
         "SLOT_LOST",
         terminal},
        {"io.debezium.DebeziumException: The connector is trying to read change stream starting at "
         "PostgresOffsetContext [...], but this is no longer available on the server. Reconfigure the "
         "connector to use a snapshot mode when needed.",
         source,
         "SLOT_MISSING",
         terminal},
        {"x: requested WAL segment 000000010000000000000003 has already been removed",
         source,
         "SLOT_MISSING",
         terminal},
        {"org.postgresql.util.PSQLException: ERROR: replication slot \"s1\" is active for PID 25908",
         source,
         "SLOT_IN_USE",
         transient},
        {"org.postgresql.util.PSQLException: ERROR: replication slot \"s1\" does not exist",
         source,
         "SLOT_MISSING",
         terminal},
        {"org.postgresql.util.PSQLException: ERROR: replication slot \"b7\" already exists",
         source,
         "SLOT_FOREIGN",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: replication slot \"s1\" was not created in this database",
         source,
         "SLOT_FOREIGN",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: all replication slots are in use\n  Hint: Free one or "
         "increase max_replication_slots.",
         source,
         "SLOTS_EXHAUSTED",
         needs_change},
        {"org.postgresql.util.PSQLException: FATAL: number of requested standby connections exceeds "
         "max_wal_senders (currently 1)",
         source,
         "SLOTS_EXHAUSTED",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: logical decoding requires wal_level >= logical",
         source,
         "WAL_LEVEL",
         needs_change},
        {"io.debezium.DebeziumException: Unable to obtain valid replication slot. Make sure there are no "
         "long-running transactions running in parallel as they may hinder the allocation of the replication "
         "slot when starting this connector",
         source,
         "SLOT_CREATE_BLOCKED",
         needs_change},
        {"io.debezium.DebeziumException: Creation of replication slot failed; query to create replication "
         "slot timed out, please make sure that there are no long running queries on the database.",
         source,
         "SLOT_CREATE_BLOCKED",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: publication \"late\" does not exist\n  Where: slot "
         "\"s1\", output plugin \"pgoutput\", in the change callback, associated LSN 0/1D8ACC8",
         source,
         "PUBLICATION_MISSING",
         needs_change},
        {"org.apache.kafka.connect.errors.ConnectException: Publication autocreation is disabled, please "
         "create one and restart the connector.",
         source,
         "PUBLICATION_MISSING",
         needs_change},
        {"io.debezium.DebeziumException: No table filters found for filtered publication p",
         source,
         "INCLUDE_LIST_MATCHES_NOTHING",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: must be owner of table t_pk",
         source,
         "PUBLICATION_RIGHTS",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: permission denied for database crm",
         source,
         "PUBLICATION_RIGHTS",
         needs_change},
        {"org.apache.kafka.common.InvalidRecordException: Compacted topic cannot accept message without key "
         "in topic partition crm.public.notes-0.",
         source,
         "TOPIC_CONFIG",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: must be superuser to create FOR ALL TABLES publication",
         source,
         "PUBLICATION_RIGHTS",
         needs_change},
        {"org.postgresql.util.PSQLException: FATAL: permission denied to start WAL sender\n  Detail: Only "
         "roles with the REPLICATION attribute may start a WAL sender process.",
         source,
         "PG_GRANTS",
         needs_change},
        {"org.postgresql.util.PSQLException: FATAL: password authentication failed for user \"x\"",
         source,
         "AUTH",
         needs_change},
        {"org.postgresql.util.PSQLException: FATAL: no pg_hba.conf entry for host \"10.0.0.1\", user \"x\", "
         "database \"y\", no encryption",
         sink,
         "AUTH",
         needs_change},
        {"org.postgresql.util.PSQLException: FATAL: role \"x\" does not exist", sink, "AUTH", needs_change},
        {"io.debezium.DebeziumException: Couldn't obtain encoding for database src",
         source,
         "PG_RESTART",
         transient},
        {"org.postgresql.util.PSQLException: Connection to localhost:5432 refused. Check that the hostname "
         "and port are correct and that the postmaster is accepting TCP/IP connections.",
         source,
         "PG_RESTART",
         transient},
        {"org.postgresql.util.PSQLException: FATAL: terminating connection due to administrator command",
         sink,
         "SINK_DB_LOST",
         transient},
        {"org.postgresql.util.PSQLException: Database connection failed when reading from copy",
         source,
         "PG_RESTART",
         transient},
        {"java.io.EOFException", source, "PG_RESTART", transient},
        {"java.net.SocketException: Connection reset", sink, "SINK_DB_LOST", transient},
        {"org.postgresql.util.PSQLException: FATAL: the database system is starting up",
         sink,
         "SINK_DB_LOST",
         transient},
        {"org.postgresql.util.PSQLException: FATAL: the database system is shutting down",
         source,
         "PG_RESTART",
         transient},
        {"org.postgresql.util.PSQLException: FATAL: sorry, too many clients already",
         sink,
         "SINK_DB_LOST",
         transient},
        {"java.net.ConnectException: Connection refused",
         connector_role::plain,
         "TASK_FAILED_TRANSIENT",
         transient},
        {"org.apache.kafka.common.errors.RecordTooLargeException: The message is 1282995 bytes when "
         "serialized which is larger than 1048576, which is the value of the max.request.size configuration.",
         source,
         "MESSAGE_TOO_LARGE",
         needs_change},
        {"org.apache.kafka.common.errors.InvalidReplicationFactorException: Unable to replicate the "
         "partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) "
         "are registered.",
         sink,
         "TOPIC_CREATE_DENIED",
         needs_change},
        {"org.apache.kafka.connect.errors.ConnectException: Could not initialize dead letter queue with "
         "topic=dlq9",
         sink,
         "TOPIC_CREATE_DENIED",
         needs_change},
        {"java.lang.NoSuchMethodError: 'org.apache.kafka.clients.consumer.ConsumerRecord "
         "org.apache.kafka.connect.runtime.InternalSinkRecord.originalRecord()'",
         sink,
         "VERSION_INCOMPATIBLE",
         terminal},
        {"org.hibernate.HibernateException: Unable to determine Dialect without JDBC metadata (please set "
         "'jakarta.persistence.jdbc.url' for common cases)",
         sink,
         "SINK_DB_UNREACHABLE_AT_START",
         transient},
        {"org.postgresql.util.PSQLException: ERROR: there is no unique or exclusion constraint matching the "
         "ON CONFLICT specification",
         sink,
         "SINK_PK_MISSING",
         needs_change},
        {"org.apache.kafka.connect.errors.ConnectException: Configured primary key mode 'record_key' cannot "
         "have null schema",
         sink,
         "SINK_NULL_KEY",
         needs_change},
        {"java.sql.SQLException: Cannot write to table X with no key fields defined.",
         sink,
         "SINK_NULL_KEY",
         needs_change},
        {"java.sql.SQLException: Cannot ALTER table 'x' because field 'c3' is not optional but has no "
         "default value",
         sink,
         "SINK_SCHEMA_MISMATCH",
         needs_change},
        {"java.sql.SQLException: Could not find table: nope", sink, "SINK_SCHEMA_MISMATCH", needs_change},
        {"java.sql.SQLException: Cannot alter table x because schema evolution is disabled",
         sink,
         "SINK_SCHEMA_MISMATCH",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: column \"c9\" of relation \"t\" does not exist",
         sink,
         "SINK_SCHEMA_MISMATCH",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: null value in column \"extra\" of relation \"nn\" "
         "violates not-null constraint",
         sink,
         "SINK_SCHEMA_MISMATCH",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: value too long for type character varying(2)",
         sink,
         "SINK_SCHEMA_MISMATCH",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: numeric field overflow",
         sink,
         "SINK_SCHEMA_MISMATCH",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: permission denied for table lowt",
         sink,
         "SINK_PERMISSION",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: permission denied for table t3",
         source,
         "PG_GRANTS",
         needs_change},
        {"org.postgresql.util.PSQLException: ERROR: deadlock detected", sink, "SINK_DEADLOCK", transient},
        {"org.apache.kafka.connect.errors.ConnectException: Error configuring an instance of "
         "JdbcSinkConnectorConfig; check the logs for details",
         sink,
         "SINK_CONFIG_INVALID",
         needs_change},
        {"java.lang.OutOfMemoryError: Java heap space", source, "OOM", needs_change},
        {"org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: "
         "[cdc.public.t1]",
         source,
         "PRODUCER_ACL",
         needs_change},
        {"org.apache.kafka.common.errors.TimeoutException: Expiring 1 record(s) for cdc.public.t1-0:120000 "
         "ms has passed since batch creation",
         source,
         "TASK_FAILED_TRANSIENT",
         transient},
        {"org.apache.kafka.common.errors.NotEnoughReplicasException: Messages are rejected since there are "
         "fewer in-sync replicas than required.",
         source,
         "TASK_FAILED_TRANSIENT",
         transient},
        {"java.lang.NullPointerException", source, "TASK_FAILED_FATAL", needs_change},
        {"org.apache.kafka.connect.errors.ConnectException: anything else",
         sink,
         "TASK_FAILED_FATAL",
         needs_change},
    };
    for (const auto& [cause, role, code, kind] : rows) {
        INFO(cause);
        for (const auto& trace : {cause, wrapped(cause)}) {
            const auto found = classify(trace, role);
            CHECK(found.code == code);
            CHECK(found.kind == kind);
            CHECK((found.kind == transient || !found.remedy.empty()));
        }
    }
}

TEST_CASE("traces that a real Connect gave are told apart") {
    CHECK(code_of(recorded_trace("debezium-2.7", "connectors-failed-source", "shop-source")) == "PG_RESTART");
    CHECK(code_of(recorded_trace("debezium-3", "connectors-failed-source", "shop-source")) == "PG_RESTART");
    constexpr auto sink = connector_role::sink;
    CHECK(
        code_of(recorded_trace("debezium-2.7", "connectors-failed-sink", "shop-broken"), sink) ==
        "SINK_DB_UNREACHABLE_AT_START"
    );
    CHECK(code_of(recorded_trace("debezium-3", "connectors-failed-sink", "shop-broken"), sink) == "AUTH");
}

TEST_CASE("the deepest cause that is known decides, not the first that looks familiar") {
    const std::string deep =
        "a.B: Tolerance exceeded in error handler\n\tat x\n"
        "Caused by: c.D: JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields\n";
    CHECK(code_of(deep) == "CONVERTER_MISMATCH"); // the deepest says nothing that is known
    const std::string deeper =
        deep + "Caused by: org.postgresql.util.PSQLException: ERROR: deadlock detected\n";
    CHECK(code_of(deeper) == "SINK_DEADLOCK");
    CHECK(
        code_of("a.B: deadlock detected\n\tat c.d(Connection reset)\nCaused by: e.F: nothing") ==
        "SINK_DEADLOCK"
    );
}

TEST_CASE("a trace of nothing, or of anything, is a failure that is not known") {
    for (const std::string trace : {"", "\n", "\t", "Caused by: ", "*", "slot \"\" does not"}) {
        INFO(trace);
        CHECK(code_of(trace) == "TASK_FAILED_FATAL");
    }
}

TEST_CASE("failures that differ in numbers alone are the same, others are not") {
    const auto print = [](const std::string& trace) { return fingerprint(trace, connector_role::source); };
    CHECK(print("a.B: slot \"s\" is active for PID 25908") == print("a.B: slot \"s\" is active for PID 7"));
    CHECK(print("a.B: at 0/1D8ACC8") == print("a.B: at 0/1D8AFFF"));
    CHECK(
        print("a.B: request 550e8400-e29b-41d4-a716-446655440000 x") ==
        print("a.B: request 660e8400-e29b-41d4-a716-446655440001 x")
    );
    CHECK(print("a.B: Could not find table: orders") != print("a.B: Could not find table: products"));
    CHECK(
        print("a.B: x\nCaused by: c.D: y") == print("other.Outside: z\n\tat e.f(G.java:1)\nCaused by: c.D: y")
    );
    CHECK(print("a.B: x").size() == 16);
}

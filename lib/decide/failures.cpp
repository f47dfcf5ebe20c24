#include "decide/failures.hpp"

#include "base/digest.hpp"
#include "decide/trace.hpp"

#include <algorithm>
#include <array>

namespace sluice::decide {

namespace {

using enum failure_class;

constexpr failure slot_lost{
    "SLOT_LOST",
    terminal,
    dependency::none,
    "its changes are gone: stop the connector, drop the slot, delete the connector's offsets, resume it, and "
    "it reads everything again"
};
constexpr failure slot_missing{
    "SLOT_MISSING",
    terminal,
    dependency::none,
    "what happened since its last position is gone: stop the connector, delete its offsets, resume it, and "
    "it reads everything again"
};
constexpr failure slot_in_use{
    "SLOT_IN_USE",
    transient,
    dependency::database,
    "somebody else reads the slot: see active_pid in pg_replication_slots"
};
constexpr failure slot_foreign{
    "SLOT_FOREIGN",
    needs_change,
    dependency::none,
    "a slot of this name exists in another database or for another plugin: give this pipeline another `slot:`"
};
constexpr failure slots_exhausted{
    "SLOTS_EXHAUSTED",
    needs_change,
    dependency::none,
    "drop slots that nobody reads, or raise max_replication_slots or max_wal_senders"
};
constexpr failure wal_level{
    "WAL_LEVEL", needs_change, dependency::none, "set wal_level = logical and restart PostgreSQL"
};
constexpr failure slot_blocked{
    "SLOT_CREATE_BLOCKED",
    needs_change,
    dependency::none,
    "look at wal_status of the slot, and for transactions that have been open for long"
};
constexpr failure publication_missing{
    "PUBLICATION_MISSING",
    needs_change,
    dependency::none,
    "create the publication; one that is younger than the slot is not seen by it"
};
constexpr failure no_tables{
    "INCLUDE_LIST_MATCHES_NOTHING",
    needs_change,
    dependency::none,
    "no table of this name exists: see `tables:`"
};
constexpr failure publication_rights{
    "PUBLICATION_RIGHTS",
    needs_change,
    dependency::none,
    "let the owner of the tables create the publication, and name it with `publication:`"
};
constexpr failure source_grants{
    "PG_GRANTS",
    needs_change,
    dependency::none,
    "grant the connector's user REPLICATION, and SELECT on its tables"
};
constexpr failure sink_grants{
    "SINK_PERMISSION", needs_change, dependency::none, "grant the connector's user what it lacks"
};
constexpr failure other_grants{
    "PERMISSION_DENIED", needs_change, dependency::none, "grant the connector's user what it lacks"
};
constexpr failure login_refused{
    "AUTH", needs_change, dependency::database, "the user, its password or pg_hba.conf does not fit"
};
constexpr failure source_away{"PG_RESTART", transient, dependency::database, ""};
constexpr failure sink_away{"SINK_DB_LOST", transient, dependency::database, ""};
constexpr failure other_away{"TASK_FAILED_TRANSIENT", transient, dependency::none, ""};
constexpr failure sink_away_at_start{"SINK_DB_UNREACHABLE_AT_START", transient, dependency::database, ""};
constexpr failure message_too_large{
    "MESSAGE_TOO_LARGE",
    needs_change,
    dependency::none,
    "raise max.message.bytes of the topic and producer.override.max.request.size of the source"
};
constexpr failure topic_refused{
    "TOPIC_CREATE_DENIED",
    needs_change,
    dependency::none,
    "create the topic, or ask for no more replicas than there are brokers"
};
constexpr failure unreadable_record{
    "CONVERTER_MISMATCH",
    needs_change,
    dependency::none,
    "compare the converters of source and sink; a single bad record goes to a dead letter topic"
};
constexpr failure wrong_version{
    "VERSION_INCOMPATIBLE",
    terminal,
    dependency::none,
    "this plugin does not run on this version of Connect, and every restart writes its batch again: install "
    "one that does"
};
constexpr failure sink_key_missing{
    "SINK_PK_MISSING",
    needs_change,
    dependency::none,
    "give the sink's table a primary key on the columns of the record's key"
};
constexpr failure record_key_missing{
    "SINK_NULL_KEY",
    needs_change,
    dependency::none,
    "give the source's table a primary key, or do not replicate it"
};
constexpr failure sink_schema{
    "SINK_SCHEMA_MISMATCH", needs_change, dependency::none, "change the sink's table to fit the record"
};
constexpr failure sink_deadlock{"SINK_DEADLOCK", transient, dependency::database, ""};
constexpr failure sink_config{
    "SINK_CONFIG_INVALID",
    needs_change,
    dependency::none,
    "the worker's log says which key of the config is wrong"
};
constexpr failure topic_wants_keys{
    "TOPIC_CONFIG",
    needs_change,
    dependency::none,
    "the table has no primary key, and its topic is compacted: give it a key, or set `cleanup: delete` under "
    "`topics:`"
};
constexpr failure out_of_memory{
    "OOM",
    needs_change,
    dependency::none,
    "give the worker more heap, or the connector smaller queues and batches"
};
constexpr failure kafka_rights{
    "PRODUCER_ACL", needs_change, dependency::none, "allow the worker's Kafka principal what it was refused"
};
constexpr failure kafka_away{"TASK_FAILED_TRANSIENT", transient, dependency::kafka, ""};
constexpr failure unknown_failure{
    "TASK_FAILED_FATAL", needs_change, dependency::none, "the trace says what went wrong"
};

/// `*` stands for anything within one cause. What a text means may depend on who failed.
struct row {
    std::string_view pattern;
    const failure& source;
    const failure& sink = source;
    const failure& plain = source;
};

// The first row that fits the deepest cause, else the first that fits the cause above it, and so on.
constexpr row table[] = {
    {"can no longer get*replication slot", slot_lost},
    {"can no longer access*replication slot", slot_lost},
    {"invalidated because", slot_lost},
    {"no longer available on the server", slot_missing},
    {"has already been removed", slot_missing},
    {"is active for PID", slot_in_use},
    {"slot \"*\" does not exist", slot_missing},
    {"slot \"*\" already exists", slot_foreign},
    {"was not created in this database", slot_foreign},
    {"all replication slots are in use", slots_exhausted},
    {"exceeds max_wal_senders", slots_exhausted},
    {"wal_level", wal_level},
    {"Unable to obtain valid replication slot", slot_blocked},
    {"query to create replication slot timed out", slot_blocked},
    {"publication \"*\" does not exist", publication_missing},
    {"autocreation is disabled", publication_missing},
    {"No table filters found", no_tables},
    {"must be owner", publication_rights},
    {"must be superuser", publication_rights},
    {"Unable to create filtered publication", publication_rights},
    {"Unable to update filtered publication", publication_rights},
    {"start WAL sender", source_grants},
    {"REPLICATION attribute", source_grants},
    {"password authentication failed", login_refused},
    {"no pg_hba.conf entry", login_refused},
    {"role \"*\" does not exist", login_refused},
    {"Couldn't obtain encoding", source_away, sink_away, other_away},
    {"Connection to * refused", source_away, sink_away, other_away},
    {"Connection refused", source_away, sink_away, other_away},
    {"terminating connection", source_away, sink_away, other_away},
    {"reading from copy", source_away, sink_away, other_away},
    {"EOFException", source_away, sink_away, other_away},
    {"Connection reset", source_away, sink_away, other_away},
    {"the database system is", source_away, sink_away, other_away},
    {"An I/O error occurred while sending to the backend", source_away, sink_away, other_away},
    {"The connection attempt failed", source_away, sink_away, other_away},
    {"This connection has been closed", source_away, sink_away, other_away},
    {"java.net.ConnectException", source_away, sink_away, other_away},
    {"java.net.SocketException", source_away, sink_away, other_away},
    {"java.net.SocketTimeoutException", source_away, sink_away, other_away},
    {"java.net.UnknownHostException", source_away, sink_away, other_away},
    {"java.net.NoRouteToHostException", source_away, sink_away, other_away},
    {"remaining connection slots are reserved", source_away, sink_away, other_away},
    {"too many clients already", source_away, sink_away, other_away},
    {"too many connections for", source_away, sink_away, other_away},
    {"RecordTooLargeException", message_too_large},
    {"Compacted topic cannot accept message without key", topic_wants_keys},
    {"InvalidReplicationFactor", topic_refused},
    {"Could not initialize dead letter queue", topic_refused},
    {"Tolerance exceeded", unreadable_record},
    {"NoSuchMethodError*InternalSinkRecord", wrong_version},
    {"Unable to determine Dialect", sink_away_at_start},
    {"ON CONFLICT specification", sink_key_missing},
    {"cannot have null schema", record_key_missing},
    {"no key fields", record_key_missing},
    {"Cannot ALTER table", sink_schema},
    {"schema evolution is disabled", sink_schema},
    {"Could not find table", sink_schema},
    {"does not exist", sink_schema},
    {"too long for type", sink_schema},
    {"not-null constraint", sink_schema},
    {"numeric field overflow", sink_schema},
    {"permission denied for database", publication_rights, sink_grants, other_grants},
    {"permission denied", source_grants, sink_grants, other_grants},
    {"deadlock detected", sink_deadlock},
    {"Error configuring an instance", sink_config},
    {"OutOfMemoryError", out_of_memory},
    {"AuthorizationException", kafka_rights},
    {"org.apache.kafka.common.errors.TimeoutException", kafka_away},
    {"NotEnoughReplicas", kafka_away},
    {"org.apache.kafka.common.errors.DisconnectException", kafka_away},
    {"org.apache.kafka.common.errors.NetworkException", kafka_away},
};

bool fits(std::string_view pattern, std::string_view text) {
    for (;;) {
        const auto end = std::min(pattern.find('*'), pattern.size());
        const auto piece = pattern.substr(0, end);
        const auto at = text.find(piece);
        if (at == std::string_view::npos) return false;
        if (end == pattern.size()) return true;
        text.remove_prefix(at + piece.size());
        pattern.remove_prefix(end + 1);
    }
}

const failure& for_role(const row& r, model::connector_role role) {
    switch (role) {
    case model::connector_role::source: return r.source;
    case model::connector_role::sink: return r.sink;
    case model::connector_role::plain: return r.plain;
    }
    return r.plain;
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Every number, decimal or hexadecimal, becomes one sign.
std::string without_numbers(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_hex) - text.begin());
        const auto word = text.substr(0, std::max<std::size_t>(end, 1));
        if (std::ranges::any_of(word, is_digit))
            plain += '#';
        else
            plain += word;
        text.remove_prefix(word.size());
    }
    return plain;
}

} // namespace

std::string_view to_string(failure_class c) {
    switch (c) {
    case transient: return "transient";
    case needs_change: return "needs-change";
    case terminal: return "terminal";
    }
    return "needs-change";
}

failure classify(std::string_view trace, model::connector_role role) {
    const auto all = causes(trace);
    for (auto cause = all.rbegin(); cause != all.rend(); ++cause)
        for (const auto& r : table)
            if (fits(r.pattern, *cause)) return for_role(r, role);
    return unknown_failure;
}

std::string fingerprint(std::string_view trace, model::connector_role role) {
    constexpr std::size_t digits = 16;
    const auto failed = classify(trace, role);
    return sha256_hex(std::string(failed.code) + '\n' + without_numbers(root_line(trace))).substr(0, digits);
}

} // namespace sluice::decide

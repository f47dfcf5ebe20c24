#include "control/memory_records.hpp"

#include "base/json_fields.hpp"
#include "control/schedule_records.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::control {

namespace json = boost::json;

namespace {

constexpr std::string_view connector_prefix = "connector/";
constexpr std::string_view pipeline_prefix = "pipeline/";
constexpr std::string_view roll_prefix = "roll/";
constexpr std::string_view topic_prefix = "topic/"; // its settled digest, as it stands
constexpr std::string_view acceptance_prefix = "acceptance/";
constexpr std::string_view override_prefix = "override/"; // then pipeline/ or connector/
constexpr std::string_view spent = "spent";
constexpr std::string_view begun = "begun";

std::int64_t milliseconds_of(wall_time t) {
    return std::chrono::duration_cast<milliseconds>(t.time_since_epoch()).count();
}

wall_time time_from(std::int64_t ms) {
    constexpr std::int64_t latest =
        9'000'000'000'000; // in 2255: more does not fit into the clock's nanoseconds
    return wall_time(milliseconds(std::clamp<std::int64_t>(ms, 0, latest)));
}

std::uint32_t count_from(const json::object& object, std::string_view key) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number_of(object, key), 0, UINT32_MAX));
}

json::array times_of(const std::vector<moment>& moments) {
    json::array list;
    for (const auto& at : moments) list.emplace_back(milliseconds_of(at.wall));
    return list;
}

// --- judgements of tasks

bool says_something(const model::task_judgement& t) {
    return t.attempts > 0 || t.alike > 0 || t.failed;
}

json::object judgement_json(const model::task_judgement& t) {
    return {
        {"attempts", t.attempts},
        {"last_ms", milliseconds_of(t.last_attempt.wall)},
        {"outcome", model::to_string(t.outcome)},
        {"fingerprint", t.fingerprint},
        {"alike", t.alike},
        {"failed", t.failed},
        {"tried", t.tried},
    };
}

model::restart_outcome outcome_from(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(model::restart_outcome::failed_again); ++i)
        if (const auto o = static_cast<model::restart_outcome>(i); model::to_string(o) == word) return o;
    return model::restart_outcome::none;
}

model::task_judgement judgement_from(const json::object& object) {
    model::task_judgement t;
    t.attempts = count_from(object, "attempts");
    t.last_attempt.wall = time_from(number_of(object, "last_ms"));
    t.outcome = outcome_from(text_of(object, "outcome"));
    t.fingerprint = text_of(object, "fingerprint");
    t.alike = count_from(object, "alike");
    t.failed = flag_of(object, "failed");
    t.tried = flag_of(object, "tried");
    return t;
}

// --- connectors

void read_tasks(const json::object& object, model::connector_memory& m) {
    // A version that counted restarts by connector; its tasks are taken to have had as many.
    if (const auto restarts = count_from(object, "restarts"); restarts > 0) m.tasks[0].attempts = restarts;
    const auto* tasks = object.if_contains("tasks");
    if (tasks == nullptr || !tasks->is_object()) return;
    for (const auto& [id, value] : tasks->as_object()) {
        int number = 0;
        const auto [end, ec] = std::from_chars(id.data(), id.data() + id.size(), number);
        const bool is_id = ec == std::errc{} && end == id.data() + id.size() && number >= -1;
        if (is_id && value.is_object()) m.tasks[number] = judgement_from(value.as_object());
    }
}

void read_times(const json::object& object, model::connector_memory& m) {
    for (const auto& value : array_of(object, "restarted_ms"))
        if (value.is_int64()) m.restarted.push_back({{}, time_from(value.as_int64())});
}

std::string to_record(const model::connector_memory& m) {
    json::object object{
        {"owned", m.owned},
        {"adopted", m.adopted},
        {"pipeline", m.link.pipeline},
        {"sink", m.link.sink},
        {"settled", m.settled_digest},
        {"created_stopped", m.created_stopped},
    };
    if (m.one_more) object["one_more"] = true;
    if (!m.judged_config.empty()) object["judged_config"] = m.judged_config;
    if (!m.restarted.empty()) object["restarted_ms"] = times_of(m.restarted);
    json::object tasks;
    for (const auto& [id, t] : m.tasks)
        if (says_something(t)) tasks[std::to_string(id)] = judgement_json(t);
    if (!tasks.empty()) object["tasks"] = std::move(tasks);
    if (!m.contests.empty()) object["contests"] = to_json(m.contests);
    return json::serialize(object);
}

model::connector_memory connector_from(const json::object& object) {
    model::connector_memory m;
    m.owned = flag_of(object, "owned");
    m.adopted = flag_of(object, "adopted");
    m.link = {text_of(object, "pipeline"), text_of(object, "sink")};
    m.settled_digest = text_of(object, "settled");
    m.created_stopped = flag_of(object, "created_stopped");
    m.one_more = flag_of(object, "one_more");
    m.judged_config = text_of(object, "judged_config");
    read_times(object, m);
    read_tasks(object, m);
    if (const auto* contests = object.if_contains("contests"); contests != nullptr && contests->is_object())
        m.contests = contests_from(contests->as_object());
    return m;
}

wall_time time_of(const json::object& object, std::string_view key) {
    return time_from(number_of(object, key));
}

std::string to_record(const model::pipeline_memory& m) {
    const json::object object{{"status", model::to_string(m.status)}, {"since_ms", milliseconds_of(m.since)}};
    return json::serialize(object);
}

std::string to_record(const model::state_override& o) {
    json::object object{
        {"state", model::to_string(o.state)},
        {"who", o.who},
        {"reason", o.reason},
        {"since_ms", milliseconds_of(o.since)},
    };
    if (o.lasts) {
        object["lasts_ms"] = o.lasts->count();
        object["ends_ms"] = milliseconds_of(o.ends_at);
    }
    return json::serialize(object);
}

std::string key_of(const model::override_subject& subject) {
    const auto scope = subject.scope == model::override_scope::pipeline ? pipeline_prefix : connector_prefix;
    return std::string(override_prefix) + std::string(scope) + subject.name;
}

std::optional<model::override_subject> subject_from(std::string_view key) {
    if (key.starts_with(pipeline_prefix))
        return model::override_subject{
            model::override_scope::pipeline, std::string(key.substr(pipeline_prefix.size()))
        };
    if (key.starts_with(connector_prefix))
        return model::override_subject{
            model::override_scope::connector, std::string(key.substr(connector_prefix.size()))
        };
    return std::nullopt;
}

model::state_override override_from(const json::object& object) {
    model::state_override o;
    const bool stopped = text_of(object, "state") == model::to_string(model::target_state::stopped);
    o.state = stopped ? model::target_state::stopped : model::target_state::paused;
    o.who = text_of(object, "who");
    o.reason = text_of(object, "reason");
    o.since = time_of(object, "since_ms");
    if (!object.contains("lasts_ms")) return o;
    constexpr std::int64_t longest = 10LL * 365 * 24 * 3600 * 1000;
    o.lasts = milliseconds(std::clamp<std::int64_t>(number_of(object, "lasts_ms"), 0, longest));
    o.ends_at = time_of(object, "ends_ms");
    return o;
}

std::optional<model::link_status> status_from(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(model::link_status::lost); ++i)
        if (const auto s = static_cast<model::link_status>(i); model::to_string(s) == word) return s;
    return std::nullopt;
}

bool worth_keeping(const model::connector_memory& m) {
    const auto judged = [](const auto& task) { return says_something(task.second); };
    return m.owned || m.created_stopped || !m.restarted.empty() || std::ranges::any_of(m.tasks, judged);
}

} // namespace

records to_records(const model::memory& memory) {
    records all;
    for (const auto& [name, m] : memory.connectors)
        if (worth_keeping(m)) all.emplace(std::string(connector_prefix) + name, to_record(m));
    for (const auto& [name, m] : memory.pipelines)
        all.emplace(std::string(pipeline_prefix) + name, to_record(m));
    for (const auto& [kind, r] : memory.rolls)
        all.emplace(std::string(roll_prefix) + kind, json::serialize(to_json(r)));
    for (const auto& [name, settled] : memory.settled_topics)
        all.emplace(std::string(topic_prefix) + name, settled);
    for (const auto& [id, state] : memory.acceptances)
        all.emplace(
            std::string(acceptance_prefix) + id, state == model::acceptance_state::spent ? spent : begun
        );
    for (const auto& [subject, o] : memory.overrides) all.emplace(key_of(subject), to_record(o));
    return all;
}

model::memory from_records(const records& all) {
    model::memory memory;
    for (const auto& [key, record] : all) {
        if (key.starts_with(acceptance_prefix)) {
            const auto state =
                record == spent ? model::acceptance_state::spent : model::acceptance_state::begun;
            memory.acceptances.emplace(key.substr(acceptance_prefix.size()), state);
            continue;
        }
        if (key.starts_with(topic_prefix)) {
            memory.settled_topics.emplace(key.substr(topic_prefix.size()), record);
            continue;
        }
        boost::system::error_code ec;
        const auto value = json::parse(record, ec);
        const auto* object = ec ? nullptr : value.if_object();
        if (object == nullptr) continue;
        if (key.starts_with(connector_prefix)) {
            memory.connectors.emplace(key.substr(connector_prefix.size()), connector_from(*object));
        } else if (key.starts_with(roll_prefix)) {
            if (auto r = roll_from(*object)) memory.rolls.emplace(key.substr(roll_prefix.size()), *r);
        } else if (key.starts_with(pipeline_prefix)) {
            const auto status = status_from(text_of(*object, "status"));
            if (status)
                memory.pipelines.emplace(
                    key.substr(pipeline_prefix.size()),
                    model::pipeline_memory{*status, time_of(*object, "since_ms")}
                );
        } else if (key.starts_with(override_prefix)) {
            if (auto subject = subject_from(std::string_view(key).substr(override_prefix.size())))
                memory.overrides.emplace(*std::move(subject), override_from(*object));
        }
    }
    return memory;
}

} // namespace sluice::control

#include "control/memory_records.hpp"

#include "base/json_fields.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace sluice::control {

namespace json = boost::json;

namespace {

constexpr std::string_view connector_prefix = "connector/";
constexpr std::string_view pipeline_prefix = "pipeline/";
constexpr std::string_view topic_prefix = "topic/"; // its settled digest, as it stands
constexpr std::string_view acceptance_prefix = "acceptance/";
constexpr std::string_view spent = "spent";
constexpr std::string_view begun = "begun";

std::string to_record(const model::connector_memory& m) {
    const json::object object{
        {"owned", m.owned},
        {"adopted", m.adopted},
        {"pipeline", m.link.pipeline},
        {"sink", m.link.sink},
        {"settled", m.settled_digest},
        {"restarts", m.restarts},
    };
    return json::serialize(object);
}

model::connector_memory connector_from(const json::object& object) {
    model::connector_memory m;
    m.owned = flag_of(object, "owned");
    m.adopted = flag_of(object, "adopted");
    m.link = {text_of(object, "pipeline"), text_of(object, "sink")};
    m.settled_digest = text_of(object, "settled");
    m.restarts = static_cast<std::uint32_t>(number_of(object, "restarts"));
    return m;
}

std::string to_record(const model::pipeline_memory& m) {
    const auto since = std::chrono::duration_cast<milliseconds>(m.since.time_since_epoch()).count();
    const json::object object{{"status", model::to_string(m.status)}, {"since_ms", since}};
    return json::serialize(object);
}

std::optional<model::link_status> status_from(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(model::link_status::lost); ++i)
        if (const auto s = static_cast<model::link_status>(i); model::to_string(s) == word) return s;
    return std::nullopt;
}

bool worth_keeping(const model::connector_memory& m) {
    return m.owned || m.restarts > 0;
}

} // namespace

records to_records(const model::memory& memory) {
    records all;
    for (const auto& [name, m] : memory.connectors)
        if (worth_keeping(m)) all.emplace(std::string(connector_prefix) + name, to_record(m));
    for (const auto& [name, m] : memory.pipelines)
        all.emplace(std::string(pipeline_prefix) + name, to_record(m));
    for (const auto& [name, settled] : memory.settled_topics)
        all.emplace(std::string(topic_prefix) + name, settled);
    for (const auto& [id, state] : memory.acceptances)
        all.emplace(
            std::string(acceptance_prefix) + id, state == model::acceptance_state::spent ? spent : begun
        );
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
        } else if (key.starts_with(pipeline_prefix)) {
            const auto status = status_from(text_of(*object, "status"));
            constexpr std::int64_t latest =
                9'000'000'000'000; // in 2255: more does not fit into the clock's nanoseconds
            const wall_time since{
                milliseconds(std::clamp<std::int64_t>(number_of(*object, "since_ms"), 0, latest))
            };
            if (status)
                memory.pipelines.emplace(
                    key.substr(pipeline_prefix.size()), model::pipeline_memory{*status, since}
                );
        }
    }
    return memory;
}

} // namespace sluice::control

#include "connect/wire.hpp"

#include "base/remedy.hpp"
#include "connect/excerpt.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::connect::wire {

namespace json = boost::json;

namespace {

constexpr std::size_t deepest = 32; // Connect's own answers are five deep, offsets as deep as a plugin likes

std::string_view name_of(json::kind k) {
    switch (k) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
    }
    return "something else";
}

/// Walks through an answer. Every getter takes missing and null for "not there"; the first value of a wrong
/// type is noted with its place, and the walk goes on with an empty value.
class walk {
public:
    /// While it lives, places read "… of <name>".
    class inside {
    public:
        inside(walk& w, std::string name) : walk_(w) { walk_.place_.push_back(std::move(name)); }
        ~inside() { walk_.place_.pop_back(); }
        inside(const inside&) = delete;
        inside& operator=(const inside&) = delete;

    private:
        walk& walk_;
    };

    const json::object* object(const json::value* v) {
        if (is_absent(v)) return nullptr;
        if (!v->is_object()) complain(*v, "an object");
        return v->if_object();
    }

    const json::array* array(const json::value* v) {
        if (is_absent(v)) return nullptr;
        if (!v->is_array()) complain(*v, "an array");
        return v->if_array();
    }

    const json::string* string(const json::value* v) {
        if (is_absent(v)) return nullptr;
        if (!v->is_string()) complain(*v, "a string");
        return v->if_string();
    }

    std::string text(const json::object& of, std::string_view key) {
        const inside here(*this, std::string(key));
        const auto* found = string(of.if_contains(key));
        return found == nullptr ? std::string() : std::string(*found);
    }

    std::optional<int> whole_number(const json::object& of, std::string_view key) {
        const inside here(*this, std::string(key));
        const auto* v = of.if_contains(key);
        if (is_absent(v)) return std::nullopt;
        const auto* number = v->if_int64();
        if (number == nullptr || *number < 0 || *number > std::numeric_limits<int>::max()) {
            complain(*v, "a whole number from 0");
            return std::nullopt;
        }
        return static_cast<int>(*number);
    }

    void complain(const json::value& found, std::string_view expected) {
        complain(fmt::format("expected {}, got {}", expected, name_of(found.kind())));
    }

    void complain(std::string_view what) {
        if (!problem_.empty()) return;
        std::string where;
        for (const auto& name : place_) where += (where.empty() ? "" : ".") + beginning(name, 100);
        problem_ = where.empty() ? std::string(what) : fmt::format("{}: {}", where, what);
    }

    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    static bool is_absent(const json::value* v) { return v == nullptr || v->is_null(); }

    std::vector<std::string> place_;
    std::string problem_;
};

error bad_answer(std::string detail) {
    return {errc::bad_answer, {}, {}, std::move(detail)};
}

error not_json(const answer& from, const scrubber& known) {
    const auto start = beginning(known.scrub(std::string_view(from.body).substr(0, trace_limit)));
    const auto type =
        from.content_type.empty() ? std::string("no content type") : beginning(from.content_type);
    const auto shown = start.empty() ? std::string("an empty answer") : fmt::format("\"{}\"", start);
    auto what = fmt::format("expected JSON from Kafka Connect, got {}: {}", type, shown);
    return bad_answer(with_remedy(std::move(what), peer::connect, errc::bad_answer));
}

/// Parses the body, hands the root to `take(walk, root)` and turns what the walk met into an error.
template <class T, class Take>
result<T> read(const answer& from, const scrubber& known, Take take) {
    json::monotonic_resource memory;
    json::parse_options options;
    options.max_depth = deepest;
    boost::system::error_code ec;
    const auto root = json::parse(from.body, ec, &memory, options);
    if (ec == json::error::too_deep) return std::unexpected(bad_answer("JSON nested too deeply"));
    if (ec) return std::unexpected(not_json(from, known));
    walk w;
    T value = take(w, root);
    if (!w.problem().empty()) return std::unexpected(bad_answer(known.scrub(w.problem())));
    return value;
}

/// As `read`, for answers that are nothing without an object or array at their root.
const json::object* root_object(walk& w, const json::value& root) {
    if (!root.is_object()) w.complain(root, "an object");
    return root.if_object();
}

const json::array* root_array(walk& w, const json::value& root) {
    if (!root.is_array()) w.complain(root, "an array");
    return root.if_array();
}

std::string kept(std::string_view text, std::size_t limit, const scrubber& known) {
    return text.empty() ? std::string() : bounded(known.scrub(text), limit);
}

model::observed_task task_from(walk& w, const json::object& o, const scrubber& known) {
    model::observed_task task;
    const auto id = w.whole_number(o, "id");
    if (!id) w.complain("a task without an id");
    task.id = id.value_or(0);
    task.state = model::connector_state_from(w.text(o, "state"));
    task.worker_id = w.text(o, "worker_id");
    task.trace = kept(w.text(o, "trace"), trace_limit, known);
    return task;
}

/// {"name":…, "connector":{"state":…,"worker_id":…,"trace":…}, "tasks":[{"id":0,…}], "type":"source"}
model::connector_status status_from(walk& w, const json::object& o, const scrubber& known) {
    model::connector_status status;
    {
        const walk::inside here(w, "connector");
        if (const auto* connector = w.object(o.if_contains("connector"))) {
            status.state = model::connector_state_from(w.text(*connector, "state"));
            status.worker_id = w.text(*connector, "worker_id");
            status.trace = kept(w.text(*connector, "trace"), trace_limit, known);
        }
    }
    const walk::inside here(w, "tasks");
    if (const auto* tasks = w.array(o.if_contains("tasks"))) {
        for (const auto& entry : *tasks) {
            const auto* task = w.object(&entry);
            if (task != nullptr) status.tasks.push_back(task_from(w, *task, known));
        }
    }
    std::ranges::sort(status.tasks, {}, &model::observed_task::id);
    return status;
}

/// Connect keeps a key with the value null as if it were not there.
std::map<std::string, std::string> config_from(walk& w, const json::object& o) {
    std::map<std::string, std::string> config;
    for (const auto& [key, v] : o) {
        const walk::inside here(w, std::string(key));
        const auto* text = w.string(&v);
        if (text != nullptr) config.insert_or_assign(std::string(key), std::string(*text));
    }
    return config;
}

/// {"name":…, "config":{…}, "tasks":[{"connector":…,"task":0},…], "type":"source"}
void take_info(walk& w, const json::object& info, model::observed_connector& connector) {
    if (auto type = w.text(info, "type"); !type.empty()) connector.type = std::move(type);
    {
        const walk::inside config_here(w, "config");
        if (const auto* config = w.object(info.if_contains("config")))
            connector.config = config_from(w, *config);
    }
    const walk::inside tasks_here(w, "tasks");
    if (const auto* tasks = w.array(info.if_contains("tasks")))
        connector.task_count = static_cast<int>(tasks->size());
}

model::observed_connector
connector_from(walk& w, std::string name, const json::value& v, const scrubber& known) {
    model::observed_connector connector;
    connector.name = std::move(name);
    connector.type = "unknown"; // Connect's own word for a class that it cannot load
    const walk::inside here(w, connector.name);
    const auto* halves = w.object(&v);
    if (halves == nullptr) return connector;
    {
        const walk::inside status_here(w, "status");
        if (const auto* status = w.object(halves->if_contains("status"))) {
            if (auto type = w.text(*status, "type"); !type.empty()) connector.type = std::move(type);
            connector.status = status_from(w, *status, known);
        }
    }
    const walk::inside info_here(w, "info");
    if (const auto* info = w.object(halves->if_contains("info"))) take_info(w, *info, connector);
    return connector;
}

/// {"definition":{…}, "value":{"name":"topic","errors":["…"],…}}
std::optional<validation_problem> problem_from(walk& w, const json::object& entry, const scrubber& known) {
    const walk::inside here(w, "value");
    const auto* value = w.object(entry.if_contains("value"));
    if (value == nullptr) return std::nullopt;
    validation_problem problem;
    problem.key = w.text(*value, "name");
    const walk::inside errors_here(w, "errors");
    if (const auto* errors = w.array(value->if_contains("errors"))) {
        for (const auto& e : *errors) {
            const auto* message = w.string(&e);
            if (message != nullptr) problem.messages.push_back(kept(*message, message_limit, known));
        }
    }
    if (problem.messages.empty()) return std::nullopt;
    return problem;
}

} // namespace

result<model::connect_worker> read_worker(const answer& from, const scrubber& known) {
    const auto take = [](walk& w, const json::value& root) {
        model::connect_worker worker;
        const auto* o = root_object(w, root);
        if (o == nullptr) return worker;
        worker.version = w.text(*o, "version");
        worker.commit = w.text(*o, "commit");
        worker.kafka_cluster_id = w.text(*o, "kafka_cluster_id");
        if (worker.version.empty()) w.complain("no version: this is not a Kafka Connect worker");
        return worker;
    };
    return read<model::connect_worker>(from, known, take);
}

result<std::vector<model::connect_plugin>> read_plugins(const answer& from, const scrubber& known) {
    const auto take = [](walk& w, const json::value& root) {
        std::vector<model::connect_plugin> plugins;
        const auto* list = root_array(w, root);
        if (list == nullptr) return plugins;
        for (const auto& entry : *list) {
            const auto* o = w.object(&entry);
            if (o == nullptr) continue;
            plugins.push_back({w.text(*o, "class"), w.text(*o, "type"), w.text(*o, "version")});
        }
        return plugins;
    };
    return read<std::vector<model::connect_plugin>>(from, known, take);
}

result<model::connector_list> read_connectors(const answer& from, const scrubber& known) {
    const auto take = [&](walk& w, const json::value& root) {
        model::connector_list list;
        const auto* o = root_object(w, root);
        if (o == nullptr) return list;
        for (const auto& [key, v] : *o) {
            const std::string name(key);
            list.insert_or_assign(name, connector_from(w, name, v, known));
        }
        return list;
    };
    return read<model::connector_list>(from, known, take);
}

result<model::connector_status> read_status(const answer& from, const scrubber& known) {
    const auto take = [&](walk& w, const json::value& root) {
        const auto* o = root_object(w, root);
        return o == nullptr ? model::connector_status{} : status_from(w, *o, known);
    };
    return read<model::connector_status>(from, known, take);
}

result<std::map<std::string, std::string>> read_config(const answer& from, const scrubber& known) {
    const auto take = [](walk& w, const json::value& root) {
        const auto* o = root_object(w, root);
        return o == nullptr ? std::map<std::string, std::string>{} : config_from(w, *o);
    };
    return read<std::map<std::string, std::string>>(from, known, take);
}

result<std::vector<int>> read_tasks(const answer& from, const scrubber& known) {
    const auto take = [](walk& w, const json::value& root) {
        std::vector<int> ids;
        const auto* list = root_array(w, root);
        if (list == nullptr) return ids;
        for (const auto& entry : *list) {
            const auto* o = w.object(&entry);
            const walk::inside here(w, "id");
            const auto* id = o == nullptr ? nullptr : w.object(o->if_contains("id"));
            const auto task = id == nullptr ? std::nullopt : w.whole_number(*id, "task");
            if (task)
                ids.push_back(*task);
            else
                w.complain("a task without an id");
        }
        std::ranges::sort(ids);
        return ids;
    };
    return read<std::vector<int>>(from, known, take);
}

result<std::vector<partition_offset>> read_offsets(const answer& from, const scrubber& known) {
    const auto take = [](walk& w, const json::value& root) {
        std::vector<partition_offset> offsets;
        const auto* o = root_object(w, root);
        const walk::inside here(w, "offsets");
        const auto* list = o == nullptr ? nullptr : w.array(o->if_contains("offsets"));
        if (list == nullptr) return offsets;
        for (const auto& entry : *list) {
            const auto* pair = w.object(&entry);
            const auto* partition = pair == nullptr ? nullptr : pair->if_contains("partition");
            const auto* offset = pair == nullptr ? nullptr : pair->if_contains("offset");
            if (partition == nullptr || offset == nullptr)
                w.complain("an entry without partition or offset");
            else
                offsets.push_back({json::serialize(*partition), json::serialize(*offset)});
        }
        return offsets;
    };
    return read<std::vector<partition_offset>>(from, known, take);
}

result<validation> read_validation(const answer& from, const scrubber& known) {
    const auto take = [&](walk& w, const json::value& root) {
        validation found;
        const auto* o = root_object(w, root);
        const walk::inside here(w, "configs");
        const auto* configs = o == nullptr ? nullptr : w.array(o->if_contains("configs"));
        if (configs == nullptr) {
            w.complain("missing: this is not the answer to a validation");
            return found;
        }
        for (const auto& entry : *configs) {
            const auto* config = w.object(&entry);
            auto problem = config == nullptr ? std::nullopt : problem_from(w, *config, known);
            if (problem) found.problems.push_back(std::move(*problem));
        }
        return found;
    };
    return read<validation>(from, known, take);
}

result<void> read_done(const answer& from, const scrubber& known) {
    if (from.body.empty()) return {};
    boost::system::error_code ec;
    const auto root = json::parse(from.body, ec);
    if (ec || !root.is_object()) return std::unexpected(not_json(from, known));
    return {};
}

} // namespace sluice::connect::wire

#include "debezium/recognise.hpp"

#include "debezium/config_text.hpp"
#include "debezium/kinds.hpp"
#include "debezium/names.hpp"
#include "debezium/observed_config.hpp"
#include "debezium/plugins.hpp"

#include <boost/regex.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>

namespace sluice::debezium {

namespace {

using model::observed_connector;

/// What Connect shows of a config, without what is not part of a wish.
observed_config wish_of(const observed_connector& c) {
    auto config = c.config.value_or(observed_config{});
    std::erase_if(config, [](const auto& entry) {
        return entry.first == "name" || entry.first.starts_with(model::own_key_prefix);
    });
    return config;
}

model::target_state state_of(const observed_connector& c) {
    const auto state = c.status ? c.status->state : model::connector_state::running;
    if (state == model::connector_state::paused) return model::target_state::paused;
    if (state == model::connector_state::stopped) return model::target_state::stopped;
    return model::target_state::running;
}

template <class Kind>
const Kind* kind_of(std::span<const Kind> kinds, const observed_config& config) {
    const auto written = observed_value(config, "connector.class");
    const auto is_it = [&](const Kind& kind) { return names_class(written, kind.class_name); };
    const auto found = std::ranges::find_if(kinds, is_it);
    return found == kinds.end() ? nullptr : &*found;
}

// --- names ----------------------------------------------------------------------------------------------

/// As the file takes names: a lower-case letter first, then letters, digits and hyphens, 63 at most.
std::string as_name(std::string_view text, std::string_view otherwise) {
    constexpr std::size_t longest = 58; // leaves room for a number that tells it from another
    std::string name;
    for (const char c : text) {
        const bool upper = c >= 'A' && c <= 'Z';
        const char lower = upper ? static_cast<char>(c - 'A' + 'a') : c;
        const bool fits = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
        if (fits)
            name += lower;
        else if (!name.empty() && name.back() != '-')
            name += '-';
    }
    while (!name.empty() && !(name.front() >= 'a' && name.front() <= 'z')) name.erase(0, 1);
    name.resize(std::min(name.size(), longest));
    while (name.ends_with('-')) name.pop_back();
    return name.empty() ? std::string(otherwise) : name;
}

std::string without_ending(std::string_view text) {
    constexpr std::array<std::string_view, 3> endings{"-connector", "-source", "-sink"};
    for (const auto ending : endings)
        if (text.size() > ending.size() && text.ends_with(ending)) text.remove_suffix(ending.size());
    return std::string(text);
}

std::string unique(std::string name, std::set<std::string>& taken) {
    auto free = name;
    for (int i = 2; !taken.insert(free).second; ++i) free = fmt::format("{}-{}", name, i);
    return free;
}

// --- config: and omit: ----------------------------------------------------------------------------------

/// Where the file's other keys leave a difference to what is there.
struct rest_of_config {
    model::config_map& config;
    std::vector<std::string>& omit;
};

bool is_omitted(const std::vector<std::string>& omit, const std::string& key) {
    return std::ranges::any_of(omit, [&](const std::string& omitted) {
        return key == omitted || key.starts_with(omitted + '.');
    });
}

/// A key that is written and still has no effect is joined with what is derived: then that goes first.
bool add_difference(const observed_config& wanted, const model::config_map& derived, rest_of_config rest) {
    bool differs = false;
    for (const auto& [key, value] : wanted) {
        const auto found = derived.find(key);
        if (found != derived.end() && model::reveal(found->second) == value) continue;
        differs = true;
        const bool is_new = rest.config.emplace(key, declared_value(key, value)).second;
        if (!is_new && !is_omitted(rest.omit, key)) rest.omit.push_back(key);
    }
    for (const auto& [key, value] : derived) {
        if (wanted.contains(key) || is_omitted(rest.omit, key)) continue;
        differs = true;
        rest.omit.push_back(key);
    }
    return differs;
}

bool equal(const observed_config& wanted, const model::config_map& derived) {
    const auto same = [](const auto& a, const auto& b) {
        return a.first == b.first && a.second == model::reveal(b.second);
    };
    return std::ranges::equal(wanted, derived, same);
}

/// Takes out what makes no difference.
void make_small(
    const observed_config& wanted, rest_of_config rest, const std::function<model::config_map()>& derive
) {
    for (const auto& [key, value] : model::config_map(rest.config)) {
        rest.config.erase(key);
        if (!equal(wanted, derive())) rest.config.emplace(key, value);
    }
    for (std::size_t i = rest.omit.size(); i-- > 0;) {
        const auto before = rest.omit;
        rest.omit.erase(rest.omit.begin() + static_cast<std::ptrdiff_t>(i));
        if (!equal(wanted, derive())) rest.omit = before;
    }
}

/// Fills `rest` so that exactly `wanted` is derived. False: it cannot be said so.
bool fit(
    const observed_config& wanted, rest_of_config rest, const std::function<model::config_map()>& derive
) {
    constexpr int enough = 5;
    for (int round = 0; round < enough; ++round)
        if (!add_difference(wanted, derive(), rest)) {
            make_small(wanted, rest, derive);
            return true;
        }
    return false;
}

// --- sources --------------------------------------------------------------------------------------------

struct found_source {
    const observed_connector* connector;
    const source_kind* kind;
    model::pipeline pipeline;
    source_topics topics;
};

class recognition {
public:
    recognition(const std::string& instance, const existing& there, const std::set<std::string>& as_entries)
        : instance_(instance)
        , there_(there)
        , as_entries_(as_entries) {}

    recognised run() &&;

private:
    std::optional<found_source> source_in(const observed_connector& c);
    void add_tables_of_sinks(const observed_config& config, model::source& source) const;
    void drop_tables_without_topic(
        const std::string& connector, const observed_config& config, model::source& source
    );
    [[nodiscard]] model::topic_settings topic_settings_of(const std::vector<std::string>& topics) const;
    [[nodiscard]] bool is_ours(const observed_connector& c) const;
    bool fit_source(found_source& s);
    void add_sink(const observed_connector& c, const sink_kind& kind, found_source& s);
    bool
    fit_sink(const observed_connector& c, const sink_kind& kind, const found_source& s, model::sink& sink);
    void add_sinks();
    void choose_format(found_source& s);
    void add_entry(const observed_connector& c);
    [[nodiscard]] plugin_version version_of(const observed_config& config, std::string_view class_name) const;
    void remark(std::string text) { out_.remarks.push_back(std::move(text)); }

    const std::string& instance_;
    const existing& there_;
    const std::set<std::string>& as_entries_;
    std::vector<found_source> sources_;
    std::set<std::string> in_pipelines_; // connectors
    std::set<std::string> names_;        // of pipelines and entries
    recognised out_;
};

plugin_version recognition::version_of(const observed_config& config, std::string_view class_name) const {
    const auto written = observed_value(config, "connector.class");
    const auto* plugin = find_plugin(there_.plugins, written.empty() ? class_name : written);
    return plugin ? parse_version(plugin->version) : plugin_version{};
}

bool recognition::is_ours(const observed_connector& c) const {
    return c.config && observed_value(*c.config, std::string(model::owner_key)) == instance_;
}

std::string delimiter_of(const observed_config& config) {
    const auto written = observed_value(config, "topic.delimiter");
    return written.empty() ? "." : written;
}

/// Patterns name no tables; the sinks that read their topics do.
void recognition::add_tables_of_sinks(const observed_config& config, model::source& source) const {
    const auto entries = split_list(observed_value(config, "table.include.list"));
    if (!entries.empty() && entries.size() == source.tables.size()) return;
    const auto delimiter = delimiter_of(config);
    const auto begin = source.topic_prefix + delimiter;
    for (const auto& [name, c] : there_.connectors)
        for (const auto& topic : split_list(observed_value(wish_of(c), "topics"))) {
            if (!topic.starts_with(begin)) continue;
            const auto rest = topic.substr(begin.size());
            const auto cut = rest.find(delimiter);
            if (cut == std::string::npos || cut == 0) continue;
            const model::table_name table{rest.substr(0, cut), rest.substr(cut + delimiter.size())};
            const bool is_it = table_topic(source.topic_prefix, table, delimiter) == topic;
            if (is_it && std::ranges::find(source.tables, table) == source.tables.end())
                source.tables.push_back(table);
        }
}

/// A table that never had an event has no topic; declared, it would get one, which is a change.
void recognition::drop_tables_without_topic(
    const std::string& connector, const observed_config& config, model::source& source
) {
    if (!there_.topics) return;
    std::erase_if(source.tables, [&](const model::table_name& table) {
        const auto topic = table_topic(source.topic_prefix, table, delimiter_of(config));
        if (there_.topics->contains(topic)) return false;
        remark(fmt::format(
            "{}: topic {} does not exist yet; add {} to `tables:` to have it made",
            connector,
            topic,
            table.qualified()
        ));
        return true;
    });
}

/// What all of them have in common, so that later topics of the pipeline are made alike.
model::topic_settings recognition::topic_settings_of(const std::vector<std::string>& topics) const {
    model::topic_settings settings;
    if (!there_.topics || topics.empty()) return settings;
    std::set<std::int32_t> partitions;
    std::set<std::int16_t> factors;
    std::set<std::string> policies;
    for (const auto& name : topics) {
        const auto found = there_.topics->find(name);
        if (found == there_.topics->end()) return settings;
        partitions.insert(found->second.partitions);
        factors.insert(found->second.replication_factor);
        const auto& config = found->second.config;
        const bool is_told = config && config->contains("cleanup.policy");
        policies.insert(is_told ? config->at("cleanup.policy").value : std::string());
    }
    if (partitions.size() == 1) settings.partitions = *partitions.begin();
    if (factors.size() == 1) settings.replication_factor = *factors.begin();
    const std::set<std::string> known{"compact", "delete", "compact,delete"};
    if (policies.size() == 1 && known.contains(*policies.begin())) settings.cleanup = *policies.begin();
    return settings;
}

bool recognition::fit_source(found_source& s) {
    const auto wanted = wish_of(*s.connector);
    const auto version = version_of(wanted, s.kind->class_name);
    auto& source = s.pipeline.source;
    source.config.clear();
    source.omit.clear();
    const rest_of_config rest{source.config, source.omit};
    const auto derive = [&] { return s.kind->derive(s.pipeline, version).config; };
    if (!fit(wanted, rest, derive)) return false;
    s.topics = s.kind->derive(s.pipeline, version).topics;
    return true;
}

std::optional<found_source> recognition::source_in(const observed_connector& c) {
    const auto config = wish_of(c);
    const auto* kind = kind_of(source_kinds(), config);
    if (kind == nullptr || as_entries_.contains(c.name)) return std::nullopt;
    auto source = kind->recognise(config);
    if (source) add_tables_of_sinks(config, *source);
    if (source) drop_tables_without_topic(c.name, config, *source);
    if (!source || source->tables.empty()) {
        remark(fmt::format(
            "{}: {}, so it is an entry of `connectors:`",
            c.name,
            source ? "its tables cannot be told from its config"
                   : "its config has no address, user, password or prefix"
        ));
        return std::nullopt;
    }
    found_source s{&c, kind, {}, {}};
    s.pipeline.name = as_name(without_ending(c.name), "pipeline");
    s.pipeline.state = state_of(c);
    s.pipeline.source = std::move(*source);
    s.pipeline.source.type = kind->type;
    s.pipeline.source.connector = c.name;
    s.pipeline.source.adopt = !is_ours(c);
    if (!fit_source(s)) return std::nullopt;
    s.pipeline.topics = topic_settings_of(s.topics.tables);
    return s;
}

// --- sinks ----------------------------------------------------------------------------------------------

/// Whether a sink reads a topic of this source. Java's patterns are read as Perl's, which they came from.
bool reads(const observed_config& sink, const source_topics& topics) {
    const auto is_of_source = [&](const std::string& topic) {
        return topic.starts_with(topics.prefix + topics.delimiter);
    };
    if (std::ranges::any_of(split_list(observed_value(sink, "topics")), is_of_source)) return true;
    const auto pattern = observed_value(sink, "topics.regex");
    if (pattern.empty()) return false;
    try {
        const boost::regex regex(pattern);
        const auto matches = [&](const std::string& topic) { return boost::regex_match(topic, regex); };
        return std::ranges::any_of(topics.tables, matches);
    } catch (const std::exception&) {
        return false; // it is not understood, or too dear to match: then nothing is concluded from it
    }
}

bool recognition::fit_sink(
    const observed_connector& c, const sink_kind& kind, const found_source& s, model::sink& sink
) {
    const auto wanted = wish_of(c);
    const auto version = version_of(wanted, kind.class_name);
    const rest_of_config rest{sink.config, sink.omit};
    bool works = true;
    const auto derive = [&] {
        const auto derived = kind.derive(s.pipeline, sink, s.topics, version);
        works = derived.has_value();
        return works ? derived->config : model::config_map{};
    };
    return fit(wanted, rest, derive) && works;
}

void recognition::add_sink(const observed_connector& c, const sink_kind& kind, found_source& s) {
    auto sink = kind.recognise(wish_of(c));
    if (!sink)
        return remark(fmt::format("{}: its address, user or password cannot be told from its config", c.name)
        );
    if (state_of(c) != s.pipeline.state)
        return remark(fmt::format("{}: it is in another state than {}", c.name, s.connector->name));
    std::set<std::string> taken;
    for (const auto& other : s.pipeline.sinks) taken.insert(other.name);
    const auto own =
        c.name.starts_with(s.pipeline.name + '-') ? c.name.substr(s.pipeline.name.size() + 1) : c.name;
    sink->name = unique(as_name(own, "sink"), taken);
    sink->type = kind.type;
    sink->connector = c.name;
    sink->adopt = !is_ours(c);
    if (!fit_sink(c, kind, s, *sink))
        return remark(fmt::format("{}: no sink of a pipeline has its config", c.name));
    s.pipeline.sinks.push_back(std::move(*sink));
    in_pipelines_.insert(c.name);
}

void recognition::add_sinks() {
    for (const auto& [name, c] : there_.connectors) {
        const auto config = wish_of(c);
        const auto* kind = kind_of(sink_kinds(), config);
        if (kind == nullptr || as_entries_.contains(name)) continue;
        std::vector<found_source*> read;
        for (auto& s : sources_)
            if (reads(config, s.topics)) read.push_back(&s);
        if (read.size() == 1)
            add_sink(c, *kind, *read.front());
        else
            remark(fmt::format(
                "{}: it reads topics of {} known sources, so it is an entry of `connectors:`",
                name,
                read.size()
            ));
    }
}

/// Without a sink that needs the schemas, a source that leaves them out says so in one word.
void recognition::choose_format(found_source& s) {
    const auto config = wish_of(*s.connector);
    const auto leaves_out = [&](const std::string& converter) {
        return observed_value(config, converter + ".schemas.enable") == "false";
    };
    if (!s.pipeline.sinks.empty() || !leaves_out("key.converter") || !leaves_out("value.converter")) return;
    s.pipeline.format = model::message_format::json_schemaless;
    fit_source(s);
}

// --- all ------------------------------------------------------------------------------------------------

void recognition::add_entry(const observed_connector& c) {
    model::plain_connector entry;
    entry.name = unique(as_name(c.name, "connector"), names_);
    if (entry.name != c.name) entry.connector = c.name;
    entry.state = state_of(c);
    entry.adopt = !is_ours(c);
    for (const auto& [key, value] : wish_of(c)) entry.config.emplace(key, declared_value(key, value));
    out_.connectors.push_back(std::move(entry));
}

recognised recognition::run() && {
    for (const auto& [name, c] : there_.connectors)
        if (auto s = source_in(c)) sources_.push_back(std::move(*s));
    for (auto& s : sources_) {
        s.pipeline.name = unique(s.pipeline.name, names_);
        in_pipelines_.insert(s.connector->name);
        auto& source = s.pipeline.source;
        const auto derived = slot_name(instance_, s.pipeline.name);
        const bool is_derived = source.publication == derived;
        if (!is_derived) continue;
        source.publication_is_given = false;
        fit_source(s);
    }
    add_sinks();
    for (auto& s : sources_) {
        choose_format(s);
        std::ranges::sort(s.pipeline.sinks, {}, &model::sink::name);
        out_.pipelines.push_back(std::move(s.pipeline));
    }
    for (const auto& [name, c] : there_.connectors)
        if (!in_pipelines_.contains(name)) add_entry(c);
    std::ranges::sort(out_.pipelines, {}, &model::pipeline::name);
    std::ranges::sort(out_.connectors, {}, &model::plain_connector::name);
    return std::move(out_);
}

} // namespace

recognised
recognise(const std::string& instance, const existing& there, const std::set<std::string>& as_entries) {
    return recognition(instance, there, as_entries).run();
}

} // namespace sluice::debezium

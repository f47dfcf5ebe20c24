#include "config/pipeline_claims.hpp"

#include "debezium/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

namespace sluice::config {

namespace {

/// Host and port as one text, for comparing; empty when one of them could not be read.
std::string server_of(const mapping& in, const model::database& db) {
    if (db.host.empty() || in["port"].is_refused()) return {};
    auto host = db.host;
    for (auto& c : host) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return fmt::format("{}:{}", host, db.port);
}

/// The parts with blanks between; empty when one of them is, for then something could not be read.
std::string all_of(std::initializer_list<std::string_view> parts) {
    std::string joined;
    for (const auto part : parts) {
        if (part.empty()) return {};
        if (!joined.empty()) joined += ' ';
        joined += part;
    }
    return joined;
}

std::string owner_of(const model::pipeline& p) {
    return fmt::format("pipeline `{}`", p.name);
}

/// The setting itself, or its section where the value was derived.
place where(const mapping& in, std::string_view key) {
    return in[key].given() ? in[key].at() : in.self().key_at;
}

place where_table(const mapping& in, const std::string& qualified) {
    const auto tables = in["tables"];
    for (const auto& entry : tables.value()->children) {
        if (entry.text == qualified) return entry.at;
    }
    return tables.at(); // its name came from the environment
}

claim of_connector(const mapping& in, const std::string& name, const std::string& owner) {
    const auto* const remedy = "give one of them another `connector:`";
    return {"connector name", name, fmt::format("`{}`", name), owner, remedy, where(in, "connector")};
}

claim of_topic(const std::string& topic, const std::string& owner, place at) {
    return {
        "topic",
        topic,
        fmt::format("`{}`", topic),
        owner,
        "two things cannot share a topic: rename one of them",
        at
    };
}

void claim_topics(const mapping& in, const model::pipeline& p, claims& all) {
    const auto& s = p.source;
    for (const auto& table : s.tables) {
        const auto owner = fmt::format("table `{}` of {}", table.qualified(), owner_of(p));
        all.add(
            of_topic(debezium::table_topic(s.topic_prefix, table), owner, where_table(in, table.qualified()))
        );
    }
    const auto heartbeats = fmt::format("the heartbeats of {}", owner_of(p));
    all.add(of_topic(debezium::heartbeat_topic(s.topic_prefix), heartbeats, where(in, "topic_prefix")));
}

/// A sink whose config takes topics or tables into its own hands is not judged.
bool has_own_tables(const model::sink& s) {
    constexpr std::array keys{
        "table.name.format", "collection.name.format", "topics", "topics.regex", "transforms"
    };
    return std::ranges::any_of(keys, [&](const char* key) {
        return s.config.contains(key) || std::ranges::find(s.omit, key) != s.omit.end();
    });
}

} // namespace

void claim_source(const mapping& in, const model::pipeline& p, claims& all) {
    const auto& s = p.source;
    const auto owner = owner_of(p);
    const auto server = server_of(in, s.db);
    all.add(of_connector(in, s.connector, owner));
    all.add(
        {"replication slot",
         all_of({server, s.slot}),
         fmt::format("`{}` on {}", s.slot, server),
         owner,
         "give one of them another `slot:`",
         where(in, "slot")}
    );
    all.add(
        {"publication",
         all_of({server, s.db.name, s.publication}),
         fmt::format("`{}` in {} on {}", s.publication, s.db.name, server),
         owner,
         "give one of them another `publication:`",
         where(in, "publication")}
    );
    if (s.topic_prefix.empty()) return;
    const bool prefix_is_taken = all.is_taken("topic prefix", s.topic_prefix);
    all.add(
        {"topic prefix",
         s.topic_prefix,
         fmt::format("`{}`", s.topic_prefix),
         owner,
         "give one of them another `topic_prefix:`",
         where(in, "topic_prefix")}
    );
    if (!prefix_is_taken) claim_topics(in, p, all); // told once, not again for every topic
}

void claim_sink(const mapping& in, const model::pipeline& p, const model::sink& s, claims& all) {
    const auto owner = fmt::format("sink `{}` of {}", s.name, owner_of(p));
    all.add(of_connector(in, s.connector, owner));
    if (!s.dead_letter_topic.empty()) all.add(of_topic(s.dead_letter_topic, owner, where(in, "dead_letter")));
    if (has_own_tables(s) || in["table_name"].is_refused() || p.source.topic_prefix.empty()) return;
    const auto server = server_of(in, s.db);
    for (const auto& table : p.source.tables) {
        const auto name = debezium::sink_table(s.table_name, p.source.topic_prefix, table);
        all.add(
            {"sink table",
             all_of({server, s.db.name, name}),
             fmt::format("`{}` in {} on {}", name, s.db.name, server),
             owner,
             "use a `table_name:` that tells them apart, or another database",
             where(in, "table_name")}
        );
    }
}

} // namespace sluice::config

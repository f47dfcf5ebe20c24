// A pipeline: its source, topics and sinks, and the names derived for them.
#include "config/pipeline_claims.hpp"
#include "config/properties.hpp"
#include "config/sections.hpp"
#include "debezium/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::config {

namespace {

using namespace std::string_view_literals;

constexpr std::array cleanup_policies{"compact"sv, "delete"sv, "compact,delete"sv};

constexpr std::array<std::pair<std::string_view, model::message_format>, 2> formats{{
    {"json", model::message_format::json},
    {"json-schemaless", model::message_format::json_schemaless},
}};

std::optional<std::string> veto_of_topics(std::string_view key) {
    if (key == "cleanup.policy") return "`cleanup.policy` is not set here; write `cleanup:` instead";
    return std::nullopt;
}

void read_format(decoding& d, const setting& format, model::pipeline& to) {
    const auto* const value = format.value();
    const bool is_avro =
        value != nullptr &&
        (value->text == "avro" || (value->kind == node_kind::mapping && value->find("avro") != nullptr));
    if (is_avro) {
        d.out.error(
            format.at(),
            "`format: avro` is refused: this version of Sluice cannot read a schema registry, and so could "
            "not "
            "judge such topics; expected json or json-schemaless"
        );
        return;
    }
    format.choose<model::message_format>(to.format, formats);
}

/// A name that is no good, or could not be read, has no other derived from it: that would only be wrong
/// again.
void derive_names(const mapping& in, const std::string& instance, model::pipeline& to) {
    auto& s = to.source;
    if (!rules::name.holds(to.name)) return;
    if (!in["connector"].given()) s.connector = debezium::source_connector_name(to.name);
    if (instance.empty()) return;
    if (!in["slot"].given()) s.slot = debezium::slot_name(instance, to.name);
    if (!in["publication"].given()) s.publication = debezium::slot_name(instance, to.name);
}

void derive_name(const mapping& in, const model::pipeline& p, model::sink& to) {
    const bool names_are_good = rules::name.holds(p.name) && rules::name.holds(to.name);
    if (names_are_good && !in["connector"].given())
        to.connector = debezium::sink_connector_name(p.name, to.name);
}

void read_sinks(decoding& d, const setting& from, claims& all, model::pipeline& to) {
    for (const auto& entry : from.entries()) {
        check_name(d.out, entry);
        const auto in = open_section(d, entry, schema::sink);
        if (!in) continue;
        auto& sink = to.sinks.emplace_back();
        sink.name = entry.key;
        read_sink(d, *in, sink);
        derive_name(*in, to, sink);
        claim_sink(*in, to, sink, all);
    }
    std::ranges::sort(to.sinks, {}, &model::sink::name);
}

void check_format(decoding& d, const setting& format, const model::pipeline& p) {
    const auto needs_schemas = [](const model::sink& s) { return s.type == "debezium-jdbc"; };
    const auto sink = std::ranges::find_if(p.sinks, needs_schemas);
    if (p.format != model::message_format::json_schemaless || sink == p.sinks.end()) return;
    d.out.error(
        format.at(),
        fmt::format(
            "`format: json-schemaless` does not work with sink `{}`: debezium-jdbc needs the schema in "
            "each record; expected json",
            sink->name
        )
    );
}

} // namespace

void read_topics(decoding& d, const mapping& in, model::topic_settings& to) {
    in["partitions"].read(to.partitions, 1, 100'000);
    in["replication_factor"].read(to.replication_factor, 1);
    std::string cleanup;
    in["cleanup"].choose(cleanup, cleanup_policies);
    if (!cleanup.empty()) to.cleanup = std::move(cleanup);
    read_properties(d, in["config"], veto_of_topics, to.config);
}

void read_pipeline(
    decoding& d, const mapping& in, const std::string& instance, claims& all, model::pipeline& to
) {
    const auto owner = fmt::format("pipeline `{}`", to.name);
    all.add({"the name", to.name, fmt::format("`{}`", to.name), owner, "rename one of them", in.self().key_at}
    );
    in["state"].choose<model::target_state>(to.state, target_states);
    read_format(d, in["format"], to);
    if (const auto topics = in["topics"].as_section(schema::topics)) read_topics(d, *topics, to.topics);
    if (const auto source = in["source"].required().as_section(schema::source)) {
        read_source(d, *source, to.source);
        derive_names(*source, instance, to);
        claim_source(*source, to, all);
    }
    read_sinks(d, in["sinks"], all, to);
    check_format(d, in["format"], to);
}

} // namespace sluice::config

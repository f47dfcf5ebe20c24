// The top of the file, and what crosses pipelines.
#include "config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::config {

namespace {

constexpr std::array<std::string_view, 1> versions{"1"}; // of the file's format

void read_pipelines(decoding& d, const setting& from, claims& all, model::declaration& to) {
    for (const auto& entry : from.entries()) {
        check_name(d.out, entry);
        const auto in = open_section(d, entry, schema::pipeline);
        if (!in) continue;
        auto& pipeline = to.pipelines.emplace_back();
        pipeline.name = entry.key;
        read_pipeline(d, *in, to.name, all, pipeline);
    }
    std::ranges::sort(to.pipelines, {}, &model::pipeline::name);
}

void read_connectors(decoding& d, const setting& from, claims& all, model::declaration& to) {
    for (const auto& entry : from.entries()) {
        check_name(d.out, entry);
        const auto in = open_section(d, entry, schema::connector);
        if (!in) continue;
        auto& connector = to.connectors.emplace_back();
        connector.name = entry.key;
        read_connector(d, *in, connector);
        const auto shown = fmt::format("`{}`", entry.key);
        const auto owner = fmt::format("`connectors:` entry {}", shown);
        all.add({"the name", entry.key, shown, owner, "rename one of them", entry.key_at});
        const auto& name = connector.connector.empty() ? connector.name : connector.connector;
        const auto at = (*in)["connector"].given() ? (*in)["connector"].at() : entry.key_at;
        all.add({"connector name", name, fmt::format("`{}`", name), owner, "rename the entry", at});
    }
    std::ranges::sort(to.connectors, {}, &model::plain_connector::name);
}

} // namespace

model::declaration read_file(decoding& d, const node& root) {
    const mapping in(d, root, schema::file);
    model::declaration to;
    std::string version;
    in["version"].choose(version, versions);
    in["name"].required().read(to.name, rules::name);
    if (const auto kafka = in["kafka"].required().as_section(schema::kafka)) read_kafka(d, *kafka, to.kafka);
    if (const auto connect = in["connect"].required().as_section(schema::connect))
        read_connect(d, *connect, to.connect);
    if (const auto http = in["http"].as_section(schema::http)) read_http(*http, to.http);
    if (const auto reconcile = in["reconcile"].as_section(schema::reconcile))
        read_reconcile(d, *reconcile, to.reconcile);
    in["state_dir"].read_path(to.state_dir);

    // A file that was cut off must not be taken for one that wants nothing.
    if (in["pipelines"].is_missing() && in["connectors"].is_missing())
        d.out.error(
            {}, "neither `pipelines` nor `connectors` is given; a file that wants none says `pipelines: {}`"
        );
    claims all;
    read_pipelines(d, in["pipelines"], all, to);
    read_connectors(d, in["connectors"], all, to);
    all.report_conflicts(d.out);
    if (to.state_dir.empty() && !d.out.has_errors()) to.state_dir = d.around.default_state_dir(to.name);
    return to;
}

} // namespace sluice::config

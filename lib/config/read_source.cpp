// `source:` of a pipeline: a PostgreSQL database that Debezium reads.
#include "config/properties.hpp"
#include "config/sections.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

namespace sluice::config {

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr std::array source_types{"debezium-postgres"sv};
constexpr std::array snapshot_modes{
    "initial"sv,
    "always"sv,
    "initial_only"sv,
    "no_data"sv,
    "never"sv,
    "when_needed"sv,
    "configuration_based"sv,
    "custom"sv
};

/// Names that must be known to be kept apart have keys of their own.
std::optional<std::string> veto_of_source(std::string_view key) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> own_keys{{
        {"slot.name", "slot"},
        {"publication.name", "publication"},
        {"topic.prefix", "topic_prefix"},
    }};
    for (const auto& [name, own_key] : own_keys) {
        if (key == name)
            return fmt::format("`{}` is not set here; write `{}:` in `source:` instead", name, own_key);
    }
    return veto_of_connector(key);
}

void read_table(decoding& d, const node& entry, model::source& to, std::map<model::table_name, int>& lines) {
    const auto s = read_scalar(d, entry, {"an entry of `tables`", "schema.table"});
    if (!s || is_stand_in(d.out, *s, {"an entry of `tables`", {}})) return;
    auto [table, flaw] = parse_table(s->text);
    if (!flaw.empty()) {
        d.out.error(s->at, fmt::format("`tables`: {} {}", s->shown, flaw));
        return;
    }
    const auto [first, is_new] = lines.emplace(table, s->at.line);
    if (!is_new) {
        d.out.error(
            s->at, fmt::format("`tables`: {} is given twice; first in line {}", s->shown, first->second)
        );
        return;
    }
    to.tables.push_back(std::move(table));
}

// Debezium 2.5 and older have other words.
std::string_view remark_on_snapshot(const node* given) {
    const bool is_old_word = given != nullptr && given->text == "schema_only";
    return is_old_word ? "; `schema_only` is called `no_data` now"sv : ""sv;
}

void read_tables(decoding& d, const setting& from, model::source& to) {
    std::map<model::table_name, int> lines;
    for (const auto& entry : from.items("public.orders")) read_table(d, entry, to, lines);
}

void check_config(decoding& d, const setting& config, const model::source& to) {
    if (property(to.config, "errors.tolerance") == "all")
        d.out.error(
            place_of_property(config, "errors.tolerance"),
            "`errors.tolerance: all` on a source silently drops records that the brokers refuse; remove it"
        );
    if (property(to.config, "slot.drop.on.stop") == "true")
        d.out.warning(
            place_of_property(config, "slot.drop.on.stop"),
            "`slot.drop.on.stop: true` drops the slot whenever the connector stops: changes made meanwhile "
            "are lost"
        );
}

} // namespace

void read_database(const mapping& in, model::database& to) {
    in["host"].required().read(to.host, rules::host);
    in["port"].read(to.port, 1);
    in["database"].required().read(to.name, rules::any_text);
    in["user"].required().read(to.user, rules::any_text);
    in["password"].required().read_password(to.password);
}

void read_source(decoding& d, const mapping& in, model::source& to) {
    in["type"].choose(to.type, source_types, other_classes);
    read_database(in, to.db);
    in["topic_prefix"].required().read(to.topic_prefix, rules::topic_prefix);
    read_tables(d, in["tables"].required(), to);
    in["snapshot"].choose(to.snapshot, snapshot_modes, remark_on_snapshot(in["snapshot"].value()));
    if (to.snapshot == "always")
        d.out.warning(
            in["snapshot"].at(), "`snapshot: always` reads every table anew whenever the connector starts"
        );
    in["heartbeat"].read(to.heartbeat, 0s, 24h);
    in["connector"].read(to.connector, rules::connector_name);
    in["slot"].read(to.slot, rules::slot);
    in["publication"].read(to.publication, rules::publication);
    to.publication_is_given = in["publication"].given();
    in["adopt"].read(to.adopt);
    read_properties(d, in["config"], veto_of_source, to.config);
    read_omitted(d, in["omit"], to.omit);
    check_config(d, in["config"], to);
}

} // namespace sluice::config

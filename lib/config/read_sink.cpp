// A sink of a pipeline: a database that Debezium's JDBC sink writes.
#include "config/properties.hpp"
#include "config/sections.hpp"

#include <fmt/format.h>

#include <array>

namespace sluice::config {

namespace {

using namespace std::string_view_literals;

constexpr std::array sink_types{"debezium-jdbc"sv};

constexpr std::array<std::pair<std::string_view, model::write_mode>, 3> write_modes{{
    {"insert", model::write_mode::insert},
    {"update", model::write_mode::update},
    {"upsert", model::write_mode::upsert},
}};

constexpr std::array<std::pair<std::string_view, model::schema_evolution>, 2> evolutions{{
    {"none", model::schema_evolution::none},
    {"basic", model::schema_evolution::basic},
}};

/// A topic that is given and wrong was told already.
bool keeps_dead_letters(const mapping& in, const model::sink& to) {
    const auto topic = property(to.config, "errors.deadletterqueue.topic.name");
    return in["dead_letter"].given() || !topic.empty();
}

void check_config(decoding& d, const mapping& in, const model::sink& to) {
    const auto config = in["config"];
    const bool drops = property(to.config, "errors.tolerance") == "all";
    if (drops && !keeps_dead_letters(in, to))
        d.out.error(
            place_of_property(config, "errors.tolerance"),
            "`errors.tolerance: all` without a dead letter topic silently drops records; add `dead_letter: "
            "{topic: NAME}`"
        );
}

} // namespace

void read_sink(decoding& d, const mapping& in, model::sink& to) {
    in["type"].choose(to.type, sink_types, other_classes);
    read_database(in, to.db);
    in["write"].choose<model::write_mode>(to.write, write_modes);
    in["delete"].read(to.delete_rows);
    in["schema_evolution"].choose<model::schema_evolution>(to.evolution, evolutions);
    in["table_name"].read(to.table_name, rules::table_pattern);
    if (const auto dead_letter = in["dead_letter"].as_section(schema::dead_letter))
        (*dead_letter)["topic"].required().read(to.dead_letter_topic, rules::topic);
    in["connector"].read(to.connector, rules::connector_name);
    in["adopt"].read(to.adopt);
    read_properties(d, in["config"], veto_of_connector, to.config);
    read_omitted(d, in["omit"], to.omit);
    check_config(d, in, to);
}

} // namespace sluice::config

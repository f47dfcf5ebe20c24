// An entry of `connectors:`: any class, managed as it stands.
#include "config/properties.hpp"
#include "config/sections.hpp"

namespace sluice::config {

void read_connector(decoding& d, const mapping& in, model::plain_connector& to) {
    in["state"].choose<model::target_state>(to.state, target_states);
    in["connector"].read(to.connector, rules::connector_name);
    in["adopt"].read(to.adopt);
    const auto config = in["config"].required();
    read_properties(d, config, veto_of_connector, to.config);
    const bool is_whole =
        config.given() && config.value()->kind == node_kind::mapping && !config.value()->incomplete;
    if (is_whole && config.value()->find("connector.class") == nullptr)
        d.out.error(config.value()->key_at, "`connector.class` is missing in `config`");
    const bool drops = property(to.config, "errors.tolerance") == "all";
    if (drops && property(to.config, "errors.deadletterqueue.topic.name").empty())
        d.out.warning(
            place_of_property(config, "errors.tolerance"),
            "`errors.tolerance: all` without a dead letter topic silently drops records"
        );
}

} // namespace sluice::config

#pragma once
// `derive` backwards: connectors that exist → a declaration from which exactly their configs are derived.
// Pure.
//
// A source of a known type and the sinks of known types that read its topics become a pipeline; every other
// connector, and one that no pipeline can describe to the last key, becomes an entry of `connectors:`. What
// equals what is derived is left out, what differs goes to `config:`, what is derived and not there to
// `omit:`.

#include "model/declared.hpp"
#include "model/observed.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::debezium {

struct existing {
    model::connector_list connectors; // each with its config
    std::vector<model::connect_plugin> plugins;
    std::optional<model::topic_list> topics; // absent: Kafka was not asked
};

struct recognised {
    std::vector<model::pipeline> pipelines;         // by name
    std::vector<model::plain_connector> connectors; // by name
    std::vector<std::string> remarks;               // what somebody ought to know, a sentence each
};

/// `as_entries` names connectors that are to become entries of `connectors:` whatever they are.
recognised
recognise(const std::string& instance, const existing& there, const std::set<std::string>& as_entries = {});

} // namespace sluice::debezium

#pragma once
// A declaration as the text of a pipeline file: what `parse` reads back into the same declaration. Secrets
// are replaced by `!env NAME`, with names made from their places.

#include "model/declared.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::config {

struct variable {
    std::string name;
    std::optional<secret> value; // absent: nobody knows it yet
};

struct written {
    std::string yaml;
    std::vector<variable> variables; // in the order of the file
};

/// The instance's name, `kafka`, `connect`, the pipelines and the connectors; what has its default is left
/// out. Without brokers, they come from a variable too.
written write(const model::declaration& declared);

} // namespace sluice::config

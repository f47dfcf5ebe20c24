#pragma once
// Connectors that exist → the text of a pipeline file with which a plan shows no change. Pure. The text is
// read back and decided on before it is handed out; what a pipeline cannot say becomes an entry of
// `connectors:`.

#include "config/write.hpp"
#include "debezium/recognise.hpp"
#include "model/declared.hpp"

#include <string>
#include <vector>

namespace sluice::control {

struct imported {
    model::declaration declared;
    config::written file;
    std::vector<std::string> remarks; // what somebody ought to know, a sentence each
};

/// The topics of which it must be known whether they exist.
std::vector<std::string> topics_to_ask(const model::declaration& base, const debezium::existing& there);

/// `base` has the instance's name and the addresses. Connectors that carry another instance's mark are left
/// out, and so are those that Connect does not show whole.
imported import_connectors(const model::declaration& base, debezium::existing there);

} // namespace sluice::control

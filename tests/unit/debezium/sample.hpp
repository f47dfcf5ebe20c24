#pragma once
// The shop of the documentation as a declaration, and a way to show what was derived as text.

#include "model/declared.hpp"
#include "model/desired.hpp"
#include "model/observed.hpp"

#include <string>
#include <vector>

namespace sluice::testing {

model::declaration shop();
std::vector<model::connect_plugin> debezium_2_7();
std::vector<model::connect_plugin> debezium_3();

/// Sorted lines; secrets masked.
std::string show(const model::desired& desired);

const model::desired_connector& connector(const model::desired& desired, const std::string& name);
const model::desired_topic& topic(const model::desired& desired, const std::string& name);
/// The value in clear, or "(absent)".
std::string value(const model::desired_connector& connector, const std::string& key);

} // namespace sluice::testing

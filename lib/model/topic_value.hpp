#pragma once
// Values of a topic's settings. Some are lists, whose order means nothing: "compact,delete" is
// "delete,compact".

#include <string_view>

namespace sluice::model {

bool is_same_topic_value(std::string_view a, std::string_view b);

} // namespace sluice::model

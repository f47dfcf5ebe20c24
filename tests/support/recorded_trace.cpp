#include "recorded_trace.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

namespace sluice::testing {

std::string
recorded_trace(const std::string& profile, const std::string& file, const std::string& connector) {
    std::ifstream in(SLUICE_SOURCE_DIR "/tests/support/recorded/connect/" + profile + '/' + file + ".json");
    REQUIRE(in);
    std::ostringstream text;
    text << in.rdbuf();
    const auto list = boost::json::parse(text.str());
    return std::string(list.at(connector).at("status").at("tasks").at(0).at("trace").as_string());
}

} // namespace sluice::testing

#pragma once
// For tests of the configuration file: surroundings without a process behind them, and a small sound file to
// spoil.

#include "config/load.hpp"

#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::testing {

/// An environment of these variables alone; state directories under /state.
inline config::surroundings surroundings_with(std::map<std::string, std::string> variables) {
    config::surroundings around;
    around.environment = [variables =
                              std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
    around.default_state_dir = [](const std::string& instance) { return "/state/" + instance; };
    return around;
}

inline config::surroundings usual_surroundings() {
    return surroundings_with({
        {"SOURCE_DB_PASSWORD", "source-hunter2"},
        {"SINK_DB_PASSWORD", "sink-hunter2"},
        {"EMPTY", ""},
        {"WORD", "word"},
        {"PORT", "6432"},
    });
}

/// The smallest sound file with a sink: 20 lines, no warning.
inline const std::string small_file = R"(name: demo
kafka:
  bootstrap_servers: localhost:9092
connect:
  urls: [http://localhost:8083]
pipelines:
  shop:
    source:
      host: localhost
      database: source_db
      user: cdc_user
      password: !env SOURCE_DB_PASSWORD
      topic_prefix: cdc
      tables: [public.products, public.orders]
    sinks:
      warehouse:
        host: localhost
        database: sink_db
        user: sink_user
        password: !env SINK_DB_PASSWORD
)";

/// `text` with the first `what` replaced; a test that replaces nothing is wrong and gets an unusable text.
inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const auto at = text.find(what);
    if (at == std::string::npos) return "nothing replaced: " + std::string(what);
    return text.replace(at, what.size(), with);
}

/// small_file with further lines in its source.
inline std::string with_in_source(std::string_view lines) {
    return replaced(small_file, "      topic_prefix", "      " + std::string(lines) + "\n      topic_prefix");
}

/// small_file with a further line in its sink.
inline std::string with_in_sink(std::string_view line) {
    return small_file + "        " + std::string(line) + "\n";
}

/// small_file with a further line at the top.
inline std::string with_at_top(std::string_view line) {
    return replaced(small_file, "kafka:", std::string(line) + "\nkafka:");
}

inline config::loaded parsed(const std::string& text) {
    return config::parse("test.yaml", text, usual_surroundings());
}

inline std::string whole_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace sluice::testing

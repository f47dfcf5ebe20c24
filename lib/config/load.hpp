#pragma once
// A YAML file → a declaration, or all its errors at once with their places.

#include "base/secret.hpp"
#include "model/declared.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

struct diagnostic {
    enum class kind : std::uint8_t { error, warning };

    kind level = kind::error;
    std::string file;
    int line = 0;   // from 1; 0: the file as a whole
    int column = 0; // from 1, in bytes
    std::string message;
    std::string source_line; // the line concerned; empty where a secret could be on it

    friend bool operator==(const diagnostic&, const diagnostic&) = default;
};

/// `file:line:col: error: message`, then the line and a caret, as compilers do.
std::string render(const diagnostic& d);

struct property_flaw {
    bool is_of_key = false; // there is no such property; else its value is wrong
    std::string what;
};

/// What loading needs from the world, injected so that it can be tested.
struct surroundings {
    std::function<std::optional<std::string>(const std::string& name)> environment;
    std::function<std::string(const std::string& file)>
        default_state_dir;                                  // see load.cpp; gets the instance's name
    std::optional<std::string> instead_of_secret_file = {}; // for one that cannot be read; absent: an error
    /// What is wrong with a property of librdkafka's, which this room does not know; none when it is empty.
    std::function<std::optional<property_flaw>(const std::string& key, const model::config_value& value)>
        flaw_of_kafka_property = {};
    /// What to use as the content of a file that !file names, instead of reading it: of one that is watched,
    /// the last good content. Absent, or nothing returned: it is read.
    std::function<std::optional<std::string>(const std::string& path)> known_secret_file = {};
    /// A variable that is not set, or a file that is not there, stands for itself ("$NAME"): enough to
    /// compare two files by, not to connect with.
    bool offline = false;
};

struct loaded {
    std::optional<model::declaration> declared; // absent when there was any error
    std::vector<diagnostic> diagnostics;        // in the order of their places; warnings too
    std::vector<secret> secrets; // every secret met, for scrubbers, even when there were errors
    std::map<std::string, secret> secret_files; // that !file names, by absolute path, with what was used
    secret text;                                // of the file itself, which may hold literal secrets
};

/// `file` is for messages and for relative paths; `text` its content.
loaded parse(const std::string& file, std::string_view text, const surroundings& around);

/// Reads the file, then parses it. A file that cannot be read is a diagnostic.
loaded load(const std::string& file, const surroundings& around);

/// The process's environment and the contract's rule for the state directory.
surroundings process_surroundings(const std::string& file);

/// The same for a machine that has not the secrets, such as one that reviews changes.
surroundings offline_surroundings(const std::string& file);

} // namespace sluice::config

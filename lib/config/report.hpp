#pragma once
// Collects what is wrong with one file, each with its place and the line concerned, and every secret met.

#include "config/load.hpp"
#include "config/node.hpp"
#include "config/source_text.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::config {

class report {
public:
    report(std::string file, const source_text& text) : file_(std::move(file)), text_(text) {}

    void error(place at, std::string message);
    void warning(place at, std::string message);
    /// An error about a key itself. What follows the key is not shown: behind a misspelt `password` it is
    /// one.
    void key_error(place at, std::string message);

    void learn(const secret& s) { secrets_.push_back(s); }
    void learn_file(const std::string& path, const std::string& content) {
        secret_files_.emplace(path, secret(content));
    }

    [[nodiscard]] bool has_errors() const { return errors_ > 0; }
    [[nodiscard]] bool has_error_at(place at) const;
    [[nodiscard]] const std::string& file() const { return file_; }

    /// Everything, in the order of the places. Ends the report's life.
    void hand_over(loaded& to);

private:
    void add(diagnostic::kind level, place at, std::string message, source_text::extent shown);

    std::string file_;
    const source_text& text_;
    std::multimap<place, diagnostic> diagnostics_;
    std::vector<secret> secrets_;
    std::map<std::string, secret> secret_files_;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
};

/// A text out of the file as messages quote it: in back quotes, cut when long, without control characters;
/// "this value" when a secret may be in it.
std::string quote(std::string_view text);
/// The same for a key, which is no secret whatever its words are.
std::string quote_key(std::string_view key);

} // namespace sluice::config

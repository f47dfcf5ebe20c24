// Whatever the text: a declaration or errors, never both, never neither, never a crash.
#include "support/config_files.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::testing;

bool is_sound(const config::loaded& result) {
    const auto is_error = [](const config::diagnostic& d) {
        return d.level == config::diagnostic::kind::error;
    };
    for (const auto& d : result.diagnostics) {
        if (config::render(d).empty() || d.message.empty() || d.line < 0) return false;
    }
    return result.declared.has_value() != std::ranges::any_of(result.diagnostics, is_error);
}

/// A line of the file put elsewhere, dropped, doubled, re-indented or cut.
std::string mangled(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    const auto from = *rc::gen::inRange<std::size_t>(0, lines.size());
    const auto to = *rc::gen::inRange<std::size_t>(0, lines.size());
    switch (*rc::gen::inRange(0, 5)) {
    case 0: std::swap(lines[from], lines[to]); break;
    case 1: lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(from)); break;
    case 2: lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(to), std::string(lines[from])); break;
    case 3: lines[from].insert(0, std::string(*rc::gen::inRange<std::size_t>(1, 4), ' ')); break;
    default: lines[from].resize(lines[from].size() / 2);
    }
    std::string result;
    for (const auto& line : lines) result += line + '\n';
    return result;
}

} // namespace

TEST_CASE("any bytes at all are declared or refused") {
    const bool holds = rc::check([](const std::string& text) { RC_ASSERT(is_sound(parsed(text))); });
    CHECK(holds);
}

TEST_CASE("a file with some bytes changed is declared or refused") {
    const auto demo = whole_file(SLUICE_SOURCE_DIR "/config/pipeline.yaml");
    const bool holds = rc::check([&] {
        auto text = demo;
        const auto edits = *rc::gen::container<std::vector<std::pair<std::size_t, char>>>(
            rc::gen::pair(rc::gen::inRange<std::size_t>(0, demo.size()), rc::gen::arbitrary<char>())
        );
        for (const auto& [at, c] : edits) text[at] = c;
        RC_ASSERT(is_sound(parsed(text)));
    });
    CHECK(holds);
}

TEST_CASE("a file with its lines in disorder is declared or refused") {
    const auto demo = whole_file(SLUICE_SOURCE_DIR "/config/pipeline.yaml");
    const bool holds = rc::check([&] {
        auto text = demo;
        for (int i = *rc::gen::inRange(1, 4); i > 0; --i) text = mangled(text);
        RC_ASSERT(is_sound(parsed(text)));
    });
    CHECK(holds);
}

TEST_CASE("a file that is cut off is declared or refused, and never taken for one that wants nothing") {
    for (std::size_t length = 0; length < small_file.size(); ++length) {
        INFO(length);
        const auto result = parsed(small_file.substr(0, length));
        CHECK(is_sound(result));
        if (result.declared) CHECK(result.declared->pipelines.size() == 1);
    }
}

// tests/support/bad_configs: each file is spoilt in one way, its first line says what must be said first.
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::testing;

std::vector<std::filesystem::path> bad_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(SLUICE_SOURCE_DIR "/tests/support/bad_configs"))
        files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

/// Without the file's name and the excerpt: "12:7: error: …", "error: …".
std::string headline(const config::diagnostic& d) {
    auto line = first_line(config::render(d)).substr(d.file.size() + 1);
    return line.substr(line.find_first_not_of(' '));
}

} // namespace

TEST_CASE("every bad file is refused with the right words at the right place") {
    const auto files = bad_files();
    REQUIRE(files.size() >= 60);
    for (const auto& file : files) {
        INFO(file.filename().string());
        const auto text = whole_file(file.string());
        const std::string mark = "# expected: ";
        REQUIRE(text.starts_with(mark));

        const auto result = config::parse("bad.yaml", text, usual_surroundings());
        CHECK_FALSE(result.declared);
        REQUIRE_FALSE(result.diagnostics.empty());
        CHECK(headline(result.diagnostics.front()) == first_line(text).substr(mark.size()));
    }
}

TEST_CASE("no bad file makes Sluice tell a secret") {
    for (const auto& file : bad_files()) {
        INFO(file.filename().string());
        const auto result = config::parse("bad.yaml", whole_file(file.string()), usual_surroundings());
        for (const auto& d : result.diagnostics)
            CHECK(config::render(d).find("hunter2") == std::string::npos);
    }
}

TEST_CASE("what is shown of a bad file is printable") {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
    for (const auto& file : bad_files()) {
        INFO(file.filename().string());
        const auto result = config::parse("bad.yaml", whole_file(file.string()), usual_surroundings());
        for (const auto& d : result.diagnostics) CHECK(std::ranges::none_of(config::render(d), is_control));
    }
}

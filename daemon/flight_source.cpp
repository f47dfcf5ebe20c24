#include "flight_source.hpp"

#include "control/flight_reader.hpp"
#include "support_archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace sluice {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view gzip_magic = "\x1f\x8b";

result<std::string> content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    if (in) text << in.rdbuf();
    if (!in) return fail(errc::io, "read the recorded passes", path, std::strerror(errno));
    return text.str();
}

// What is behind the last newline was cut short.
void add_lines(std::vector<std::string>& to, std::string_view text) {
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        to.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
}

result<std::vector<std::string>> from_bundle(const std::string& path) {
    const auto members = read_archive(path);
    if (!members) return std::unexpected(members.error());
    std::vector<std::string> lines;
    const auto is_ring = [](const archive_member& m) { return m.name == "flight.jsonl"; };
    const auto ring = std::ranges::find_if(*members, is_ring);
    if (ring == members->end())
        return fail(errc::bad_answer, "find recorded passes in", path, "there are none in this archive");
    add_lines(lines, ring->content);
    return lines;
}

} // namespace

result<std::vector<std::string>> find_flight_lines(const std::string& path) {
    std::error_code ec;
    if (fs::is_directory(path, ec)) return control::read_flight_lines(path);
    const fs::path file(path);
    const bool is_ring = file.filename() == fmt::format("{}.jsonl", control::flight_files.name);
    if (is_ring)
        return control::read_flight_lines(file.has_parent_path() ? file.parent_path().string() : ".");
    const auto text = content_of(path);
    if (!text) return std::unexpected(text.error());
    if (text->starts_with(gzip_magic)) return from_bundle(path);
    std::vector<std::string> lines;
    add_lines(lines, *text);
    return lines;
}

} // namespace sluice

#include "config/secret_file.hpp"

#include "config/utf8.hpp"

#include <fmt/format.h>

namespace sluice::config {

namespace {

constexpr std::size_t largest = 64 << 10;

} // namespace

bool is_plain_text(std::string_view text) {
    return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

result<file_content> read_secret_file(const std::string& path) {
    auto content = read_regular_file(path, largest);
    if (!content) {
        content.error().detail = fmt::format("cannot read the file `{}`: {}", path, content.error().detail);
        return content;
    }
    if (content->bytes.ends_with('\n')) content->bytes.pop_back();
    if (!is_plain_text(content->bytes))
        return fail(
            errc::bad_answer, "read the file", path, fmt::format("the file `{}` is not UTF-8 text", path)
        );
    return content;
}

} // namespace sluice::config

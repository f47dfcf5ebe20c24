#pragma once
// A file that holds one secret, as `!file` reads it.

#include "config/regular_file.hpp"

#include <string>
#include <string_view>

namespace sluice::config {

/// Its content without the last newline, at most 64 KiB of UTF-8. Errors: io, too_large, bad_answer (no
/// text); the detail is a sentence that names the file.
result<file_content> read_secret_file(const std::string& path);

/// UTF-8 without NUL.
bool is_plain_text(std::string_view text);

} // namespace sluice::config

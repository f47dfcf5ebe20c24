#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string>

namespace sluice::config {

struct file_content {
    std::string bytes;
    bool readable_by_others = false; // by its group or by everybody
};

/// A whole regular file (or a link to one) of at most `most` bytes. Never waits: pipes and devices are
/// refused. Errors: io (the detail is the system's own words), too_large.
result<file_content> read_regular_file(const std::string& path, std::size_t most);

} // namespace sluice::config

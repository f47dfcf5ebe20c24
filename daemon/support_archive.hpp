#pragma once
// A .tar.gz of texts, written and read. libarchive underneath. Blocking.

#include "base/error.hpp"
#include "base/time.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sluice {

struct archive_member {
    std::string name; // "pipeline.yaml"
    std::string content;
};

/// Makes the file, for its owner alone; one that is there is refused. `folder` is put before each name.
/// Errors: io.
result<void> write_archive(
    const std::string& path,
    const std::string& folder,
    const std::vector<archive_member>& members,
    wall_time at
);

/// Every member with its name as far as it stands behind the folder. Errors: io; bad_answer for what is no
/// such archive; too_large.
result<std::vector<archive_member>> read_archive(const std::string& path);

} // namespace sluice

#pragma once
// Where the daemon of a pipeline file is reached: also from a shell without the file's environment variables,
// and while the file is broken, for then the daemon still runs on its last good one.

#include "model/declared.hpp"
#include "options.hpp"

#include <optional>
#include <string>

namespace sluice {

struct daemon_address {
    std::string name;
    std::string socket;
    model::http_settings http;
};

/// From the file; with a file that cannot be read, the one daemon whose socket is there. Absent: neither.
std::optional<daemon_address> find_daemon(const common_options& common);

} // namespace sluice

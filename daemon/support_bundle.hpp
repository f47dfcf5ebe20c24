#pragma once
// What a person needs who helps from afar: everything that Sluice knows of an instance, without its secrets.
// Made with and without a running daemon; what could not be had is named with the reason.

#include "options.hpp"
#include "support_archive.hpp"
#include "workbench.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace sluice {

struct support_bundle {
    std::string instance; // "sluice" where it is not known
    wall_time made_at{};
    std::vector<archive_member> members; // `manifest.json` first
    std::vector<std::string> missing;    // "metrics.txt: nobody answers at …"
};

boost::asio::awaitable<support_bundle> collect_bundle(workbench& bench, common_options common);

} // namespace sluice

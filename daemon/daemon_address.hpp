#pragma once
// Where the daemon of a pipeline file is reached: also from a shell without the file's environment variables
// or the right to read its secrets, and while the file is broken, for then the daemon still runs on its last
// good one.

#include "base/error.hpp"
#include "http/local_client.hpp"
#include "model/declared.hpp"
#include "options.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct daemon_address {
    std::string name;
    std::string socket;
    std::optional<model::http_settings> http; // absent: not known
    std::string state_dir;                    // empty: not known
    std::vector<std::string> pipelines = {};  // and entries of `connectors:`; empty: not known
};

/// By the declaration of a file.
daemon_address address_of(const model::declaration& declared);

/// From the file; with a file that cannot be read, the daemon that says that it runs this very file. Absent:
/// neither.
boost::asio::awaitable<std::optional<daemon_address>> find_daemon(common_options common);

/// Whether the daemon at the other end runs this file. Errors: `refused`, with the file that it runs, and
/// those of the client.
boost::asio::awaitable<result<void>> expect_file(http::local_client& daemon, std::string file);

} // namespace sluice

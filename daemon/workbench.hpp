#pragma once
// What a command works with: its loop, clock, log, adapters. One a process.

#include "base/log.hpp"
#include "base/time.hpp"
#include "control/memory_store.hpp"
#include "control/telemetry.hpp"
#include "options.hpp"
#include "real_adapters.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace sluice {

class workbench {
public:
    explicit workbench(log_level least);

    /// Runs a command to its end and gives its exit code. Ctrl-C and SIGTERM cancel it: then 1.
    int run(boost::asio::awaitable<int> command);

    /// What the instance remembers, read-only: a daemon's or an earlier command's.
    std::unique_ptr<control::memory_store> memory_for_reading(const std::string& state_dir);

    boost::asio::io_context context{1};
    std::unique_ptr<time_source> time;
    std::shared_ptr<scrubber> secrets;
    logger log;
    control::telemetry numbers;
    real_adapters world;
};

/// warning, or debug with --debug: a command speaks on stdout, its log is for trouble.
log_level level_of(const common_options& common);

} // namespace sluice

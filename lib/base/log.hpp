#pragma once
// Log lines for machines that people can read: `time level message key=value …` (logfmt) on one stream.
// A logger is handed down, never global; its sink is injected, so a test can read what was said.
// Secrets known to the scrubber never leave.

#include "base/secret.hpp"

#include <fmt/format.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

enum class log_level { debug, info, warning, error };

struct field {
    template <class T>
    field(std::string_view k, const T& v) : key(k)
                                          , value(fmt::format("{}", v)) {}

    std::string key;
    std::string value;
};

class logger {
public:
    /// Takes one whole line without its newline.
    using sink = std::function<void(log_level, std::string_view line)>;

    explicit logger(sink out, log_level least = log_level::info) : out_(std::move(out)), least_(least) {}

    void debug(std::string_view message, std::initializer_list<field> fields = {}) const {
        write(log_level::debug, message, fields);
    }
    void info(std::string_view message, std::initializer_list<field> fields = {}) const {
        write(log_level::info, message, fields);
    }
    void warning(std::string_view message, std::initializer_list<field> fields = {}) const {
        write(log_level::warning, message, fields);
    }
    void error(std::string_view message, std::initializer_list<field> fields = {}) const {
        write(log_level::error, message, fields);
    }

    /// Secrets that must never be written; shared with whoever learns them.
    void scrub_with(std::shared_ptr<const scrubber> known) { known_ = std::move(known); }

private:
    void write(log_level level, std::string_view message, std::initializer_list<field> fields) const;

    sink out_;
    log_level least_;
    std::shared_ptr<const scrubber> known_;
};

/// Writes to stderr through spdlog, with UTC time and level; journald and terminals alike.
logger make_stderr_logger(log_level least);

} // namespace sluice

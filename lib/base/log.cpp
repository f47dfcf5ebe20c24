#include "base/log.hpp"

#include "base/printable.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace sluice {

namespace {

bool needs_quotes(std::string_view value) {
    return value.find_first_of(" \t\r\n\"=") != std::string_view::npos;
}

void append_value(std::string& line, std::string_view value) {
    if (!needs_quotes(value)) {
        line += printable(value);
        return;
    }
    std::string quoted = "\"";
    for (const char c : value) {
        switch (c) {
        case '"': quoted += "\\\""; break;
        case '\\': quoted += "\\\\"; break;
        case '\n': quoted += "\\n"; break;
        case '\r': quoted += "\\r"; break;
        case '\t': quoted += "\\t"; break;
        default: quoted += c;
        }
    }
    line += printable(quoted) + '"';
}

spdlog::level::level_enum to_spdlog(log_level level) {
    switch (level) {
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warning: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

} // namespace

void logger::write(log_level level, std::string_view message, std::initializer_list<field> fields) const {
    if (level < least_ || !out_) return;
    std::string line(message);
    for (const auto& f : fields) {
        if (f.value.empty()) continue; // nothing to say about it
        line += ' ';
        line += f.key;
        line += '=';
        append_value(line, known_ ? known_->scrub(f.value) : f.value); // quoting would disguise a secret
    }
    out_(level, known_ ? known_->scrub(line) : line);
}

logger make_stderr_logger(log_level least) {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
    auto out = std::make_shared<spdlog::logger>("sluice", std::move(sink));
    out->set_level(spdlog::level::debug);
    out->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v", spdlog::pattern_time_type::utc
    ));
    return logger([out](log_level level, std::string_view line) { out->log(to_spdlog(level), line); }, least);
}

} // namespace sluice

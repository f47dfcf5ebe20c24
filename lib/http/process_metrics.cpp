#include "http/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace sluice::http {

namespace {

struct usage {
    double cpu_seconds = 0;
    double threads = 0;
    double virtual_bytes = 0;
    double resident_bytes = 0;
};

/// /proc/self/stat of proc(5). Field 2, the program's name, may hold blanks and brackets: counting starts
/// behind its last bracket, with field 3.
std::optional<usage> read_usage() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream rest(line.substr(name_end + 1));
    const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
    constexpr std::size_t first = 3;
    constexpr std::size_t resident = 24;
    if (fields.size() <= resident - first) return std::nullopt;
    const auto number = [&](std::size_t field) { return std::stod(fields[field - first]); };

    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
    return usage{(number(14) + number(15)) / ticks, number(20), number(23), number(resident) * page};
}

std::optional<double> count_open_files() {
    std::error_code ec;
    const std::filesystem::directory_iterator open("/proc/self/fd", ec);
    if (ec) return std::nullopt;
    return static_cast<double>(std::distance(begin(open), end(open)) - 1); // the one that reads the folder
}

} // namespace

void add_process_metrics(exposition& out, wall_time started_at) {
    if (const auto used = read_usage()) {
        out.counter("process_cpu_seconds_total", "User and system CPU time spent.")
            .add({}, used->cpu_seconds);
        out.gauge("process_resident_memory_bytes", "Resident memory.").add({}, used->resident_bytes);
        out.gauge("process_virtual_memory_bytes", "Virtual memory.").add({}, used->virtual_bytes);
        out.gauge("process_threads", "Threads.").add({}, used->threads);
    }
    if (const auto open = count_open_files())
        out.gauge("process_open_fds", "Open file descriptors.").add({}, *open);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        out.gauge("process_max_fds", "Most file descriptors that may be open.")
            .add({}, static_cast<double>(files.rlim_cur));
    }
    out.gauge("process_start_time_seconds", "When the process started, as a Unix time.")
        .add({}, timestamp(started_at));
}

} // namespace sluice::http

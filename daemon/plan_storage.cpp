#include "plan_storage.hpp"

#include "config/regular_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace sluice {

namespace {

constexpr std::size_t largest_plan = 64 << 20;

std::unexpected<error> io_failure(const std::string& path) {
    return fail(errc::io, "write the plan to", path, std::strerror(errno));
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0;
}

} // namespace

result<void> write_plan(const std::string& path, const control::plan_file& plan) {
    auto beside = path + ".XXXXXX";
    const int file = ::mkstemp(beside.data()); // 0600
    if (file < 0) return io_failure(path);
    const bool written = write_all(file, control::to_text(plan));
    const bool closed = ::close(file) == 0;
    if (written && closed && ::rename(beside.c_str(), path.c_str()) == 0) return {};
    auto failure = io_failure(path);
    ::unlink(beside.c_str());
    return failure;
}

result<control::plan_file> read_plan(const std::string& path) {
    const auto content = config::read_regular_file(path, largest_plan);
    if (!content) return std::unexpected(content.error());
    return control::plan_file_from(content->bytes);
}

} // namespace sluice

#include "config/regular_file.hpp"

#include "base/units.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sluice::config {

namespace {

class descriptor {
public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

std::unexpected<error> system_failure(const std::string& path) {
    return fail(errc::io, "read the file", path, std::generic_category().message(errno));
}

} // namespace

result<file_content> read_regular_file(const std::string& path, std::size_t most) {
    const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat facts{};
    if (file.get() < 0 || ::fstat(file.get(), &facts) != 0) return system_failure(path);
    if (!S_ISREG(facts.st_mode)) return fail(errc::io, "read the file", path, "it is not a regular file");

    file_content content;
    content.readable_by_others = (facts.st_mode & (S_IRGRP | S_IROTH)) != 0;
    content.bytes.resize(most + 1);
    std::size_t length = 0;
    while (length < content.bytes.size()) {
        const auto n = ::read(file.get(), content.bytes.data() + length, content.bytes.size() - length);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_failure(path);
        if (n == 0) break;
        length += static_cast<std::size_t>(n);
    }
    if (length > most)
        return fail(
            errc::too_large, "read the file", path, fmt::format("larger than {}", format_bytes(most))
        );
    content.bytes.resize(length);
    return content;
}

} // namespace sluice::config

#include "control/rotating_file.hpp"

#include "base/ownership.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace sluice::control {

namespace {

class open_file {
public:
    explicit open_file(int number) : number_(number) {}
    ~open_file() {
        if (number_ >= 0) ::close(number_);
    }
    open_file(open_file&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    open_file& operator=(open_file&&) = delete;

    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }

private:
    int number_;
};

std::unexpected<error> io_failure(std::string attempted, const std::string& path) {
    return fail(errc::io, std::move(attempted), path, std::strerror(errno));
}

bool is_same_file(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Whether the path still leads to this file: another process may have moved it aside before we had the lock.
bool is_still_at(const open_file& file, const std::string& path) {
    struct stat ours{};
    struct stat there{};
    return ::fstat(file.get(), &ours) == 0 && ::lstat(path.c_str(), &there) == 0 && is_same_file(ours, there);
}

/// Where the last whole line ends: behind the last newline, or at the beginning.
std::int64_t end_of_lines(const open_file& file, std::int64_t size) {
    std::array<char, 4096> part{};
    while (size > 0) {
        const auto wanted = std::min<std::int64_t>(size, part.size());
        const auto got = ::pread(file.get(), part.data(), static_cast<std::size_t>(wanted), size - wanted);
        if (got <= 0) return size;
        const std::string_view text(part.data(), static_cast<std::size_t>(got));
        const auto at = text.rfind('\n');
        if (at != std::string_view::npos) return size - wanted + static_cast<std::int64_t>(at) + 1;
        size -= wanted;
    }
    return 0;
}

/// The size of the file without a last line cut short, which is cut off; negative on failure.
std::int64_t whole_size(const open_file& file) {
    struct stat facts{};
    if (::fstat(file.get(), &facts) != 0) return -1;
    const auto end = end_of_lines(file, facts.st_size);
    if (end < facts.st_size && ::ftruncate(file.get(), end) != 0) return -1;
    return end;
}

bool write_all(const open_file& file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool read_all(const open_file& file, std::string& into) {
    struct stat facts{};
    if (::fstat(file.get(), &facts) != 0) return false;
    into.resize(static_cast<std::size_t>(facts.st_size));
    std::size_t have = 0;
    while (have < into.size()) {
        const auto got =
            ::pread(file.get(), into.data() + have, into.size() - have, static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) break; // cut off meanwhile
        have += static_cast<std::size_t>(got);
    }
    into.resize(have);
    return true;
}

bool each_line_backwards(std::string_view text, const std::function<bool(std::string_view)>& line) {
    const auto whole = text.rfind('\n');
    if (whole == std::string_view::npos) return true;
    text = text.substr(0, whole);
    for (;;) {
        const auto before = text.rfind('\n');
        const bool is_first = before == std::string_view::npos;
        if (!line(is_first ? text : text.substr(before + 1))) return false;
        if (is_first) return true;
        text = text.substr(0, before);
    }
}

} // namespace

std::string rotating_file::path(int number) const {
    return number == 0 ? fmt::format("{}/{}.jsonl", directory_, limits_.name)
                       : fmt::format("{}/{}.{}.jsonl", directory_, limits_.name, number);
}

std::uint64_t rotating_file::size() const {
    struct stat facts{};
    return ::stat(path().c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

result<void> rotating_file::append(std::string_view lines, place where) const {
    const auto newest = path();
    for (;;) {
        // No link is followed: root may write into a folder of another user.
        const open_file file(
            ::open(newest.c_str(), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)
        );
        if (!file.is_open()) return io_failure("write the file", newest);
        if (::flock(file.get(), LOCK_EX) != 0) return io_failure("lock the file", newest);
        if (!is_still_at(file, newest)) continue;
        give_to_owner_of(directory_, file.get());
        const auto size = whole_size(file);
        if (size < 0) return io_failure("write the file", newest);
        const bool is_full =
            where == place::at_end && static_cast<std::uint64_t>(size) + lines.size() > limits_.file_bytes;
        if (size > 0 && (is_full || where == place::in_new_file)) {
            for (int i = limits_.files - 1; i > 0; --i)
                if (::rename(path(i - 1).c_str(), path(i).c_str()) != 0 && errno != ENOENT)
                    return io_failure("move aside the file", path(i - 1));
            where = place::at_end;
            if (limits_.files > 1) continue;
            if (::ftruncate(file.get(), 0) != 0) return io_failure("write the file", newest);
        }
        if (write_all(file, lines)) return {};
        const auto failure = io_failure("write the file", newest);
        (void)!::ftruncate(file.get(), size); // what there was room for is no whole line
        return failure;
    }
}

result<void> rotating_file::each_backwards(const std::function<bool(std::string_view)>& line) const {
    // All are opened before any is read. One that is moved aside meanwhile is met again under its next name.
    std::vector<std::pair<open_file, struct stat>> files;
    for (int i = 0; i < limits_.files; ++i) {
        open_file file(::open(path(i).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file.is_open() && errno == ENOENT) continue;
        struct stat facts{};
        if (!file.is_open() || ::fstat(file.get(), &facts) != 0) return io_failure("read the file", path(i));
        const auto is_this = [&](const auto& other) { return is_same_file(other.second, facts); };
        if (std::ranges::none_of(files, is_this)) files.emplace_back(std::move(file), facts);
    }
    std::string text;
    for (const auto& [file, facts] : files) {
        if (!read_all(file, text)) return io_failure("read the file", path());
        if (!each_line_backwards(text, line)) return {};
    }
    return {};
}

} // namespace sluice::control

#include "support_archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace sluice {

namespace {

constexpr std::size_t largest = 1ULL << 30; // of all members together

struct end_of_archive {
    void operator()(archive* a) const { ::archive_free(a); }
};
using archive_handle = std::unique_ptr<archive, end_of_archive>;

struct end_of_entry {
    void operator()(archive_entry* e) const { ::archive_entry_free(e); }
};

std::unexpected<error> failure(std::string attempted, const std::string& path, archive* a) {
    const char* why = ::archive_error_string(a);
    return fail(errc::io, std::move(attempted), path, why == nullptr ? "" : why);
}

bool add(archive* to, const std::string& name, const archive_member& member, wall_time at) {
    const std::unique_ptr<archive_entry, end_of_entry> entry(::archive_entry_new());
    ::archive_entry_set_pathname(entry.get(), name.c_str());
    ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.content.size()));
    ::archive_entry_set_filetype(entry.get(), AE_IFREG);
    ::archive_entry_set_perm(entry.get(), 0600);
    ::archive_entry_set_mtime(entry.get(), std::chrono::system_clock::to_time_t(at), 0);
    if (::archive_write_header(to, entry.get()) != ARCHIVE_OK) return false;
    const auto written = ::archive_write_data(to, member.content.data(), member.content.size());
    return written == static_cast<la_ssize_t>(member.content.size());
}

result<void> write_to(
    int file,
    const std::string& path,
    const std::string& folder,
    const std::vector<archive_member>& members,
    wall_time at
) {
    const archive_handle out(::archive_write_new());
    ::archive_write_add_filter_gzip(out.get());
    ::archive_write_set_format_pax_restricted(out.get());
    if (::archive_write_open_fd(out.get(), file) != ARCHIVE_OK)
        return failure("write the archive", path, out.get());
    for (const auto& member : members)
        if (!add(out.get(), folder + '/' + member.name, member, at))
            return failure("write the archive", path, out.get());
    if (::archive_write_close(out.get()) != ARCHIVE_OK) return failure("write the archive", path, out.get());
    return {};
}

std::string without_folder(std::string_view name) {
    const auto slash = name.find('/');
    return std::string(slash == std::string_view::npos ? name : name.substr(slash + 1));
}

bool read_content(archive* in, std::string& into, std::size_t most) {
    std::array<char, 65536> part{};
    for (;;) {
        const auto got = ::archive_read_data(in, part.data(), part.size());
        if (got == 0) return true;
        if (got < 0 || into.size() + static_cast<std::size_t>(got) > most) return false;
        into.append(part.data(), static_cast<std::size_t>(got));
    }
}

} // namespace

result<void> write_archive(
    const std::string& path,
    const std::string& folder,
    const std::vector<archive_member>& members,
    wall_time at
) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return fail(errc::io, "write the archive", path, std::strerror(errno));
    auto written = write_to(file, path, folder, members, at);
    ::close(file);
    if (!written) ::unlink(path.c_str());
    return written;
}

result<std::vector<archive_member>> read_archive(const std::string& path) {
    const archive_handle in(::archive_read_new());
    ::archive_read_support_filter_gzip(in.get());
    ::archive_read_support_format_tar(in.get());
    constexpr std::size_t block = 65536;
    if (::archive_read_open_filename(in.get(), path.c_str(), block) != ARCHIVE_OK)
        return failure("read the archive", path, in.get());
    std::vector<archive_member> members;
    std::size_t left = largest;
    archive_entry* entry = nullptr;
    for (;;) {
        const int state = ::archive_read_next_header(in.get(), &entry);
        if (state == ARCHIVE_EOF) return members;
        if (state != ARCHIVE_OK)
            return fail(errc::bad_answer, "read the archive", path, "it is no archive, or it is cut short");
        archive_member member{without_folder(::archive_entry_pathname(entry)), {}};
        if (!read_content(in.get(), member.content, left))
            return fail(errc::bad_answer, "read the archive", path, "it is damaged, or far too large");
        left -= member.content.size();
        members.push_back(std::move(member));
    }
}

} // namespace sluice

#include "control/directory_watch.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/inotify.h>

#include <array>
#include <cstring>
#include <map>
#include <optional>

namespace sluice::control {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t settling = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
                                   IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t interesting = settling | IN_MODIFY | IN_ONLYDIR;
constexpr std::size_t buffer_bytes = 16 << 10;

} // namespace

struct directory_watch::impl {
    impl(asio::any_io_executor executor, handler h) : on_event(std::move(h)) {
        const int file = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (file >= 0) events.emplace(std::move(executor), file);
    }

    void hand_on(const char* data, std::size_t size);
    void hand_on(const inotify_event& event, const char* name) const;

    handler on_event;
    std::optional<asio::posix::stream_descriptor> events; // absent: no inotify here
    std::map<int, std::string> directories;               // by watch
};

directory_watch::directory_watch(asio::any_io_executor executor, handler on_event)
    : impl_(std::make_unique<impl>(std::move(executor), std::move(on_event))) {}

directory_watch::~directory_watch() = default;

// Adding a directory that is watched gives its old watch, unless another stands under its name now.
void directory_watch::watch(const std::set<std::string>& directories) {
    if (!impl_->events) return;
    const int file = impl_->events->native_handle();
    std::map<int, std::string> now;
    for (const auto& directory : directories) {
        const int watch = ::inotify_add_watch(file, directory.c_str(), interesting);
        if (watch >= 0) now.emplace(watch, directory);
    }
    for (const auto& [watch, directory] : impl_->directories)
        if (!now.contains(watch)) ::inotify_rm_watch(file, watch);
    impl_->directories = std::move(now);
}

asio::awaitable<void> directory_watch::run() {
    if (!impl_->events) co_return;
    std::array<char, buffer_bytes> bytes{};
    for (;;) {
        const auto size = co_await impl_->events->async_read_some(asio::buffer(bytes), asio::use_awaitable);
        impl_->hand_on(bytes.data(), size);
    }
}

void directory_watch::impl::hand_on(const char* data, std::size_t size) {
    while (size >= sizeof(inotify_event)) {
        inotify_event event{};
        std::memcpy(&event, data, sizeof event);
        const auto whole = sizeof event + event.len;
        if (whole > size) return;
        hand_on(event, event.len > 0 ? data + sizeof event : "");
        data += whole;
        size -= whole;
    }
}

void directory_watch::impl::hand_on(const inotify_event& event, const char* name) const {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return on_event({}, file_event::settled);
    const auto found = directories.find(event.wd);
    if (found == directories.end()) return;
    const auto path = *name == '\0' ? found->second : found->second + '/' + name;
    const bool is_open = (event.mask & IN_MODIFY) != 0 && (event.mask & settling) == 0;
    on_event(path, is_open ? file_event::being_written : file_event::settled);
}

} // namespace sluice::control

#pragma once
// Says when something in one of a few directories changes (inotify). Where the system gives no watch, for a
// directory or at all, it says nothing: whoever relies on it looks from time to time as well.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace sluice::control {

enum class file_event : std::uint8_t {
    being_written, // its writer has not closed it
    settled        // closed after writing, moved here or away, made, deleted, given other rights
};

class directory_watch {
public:
    /// An event without a path: some were lost, anything may have changed.
    using handler = std::function<void(const std::string& path, file_event what)>;

    directory_watch(boost::asio::any_io_executor executor, handler on_event);
    ~directory_watch();
    directory_watch(const directory_watch&) = delete;
    directory_watch& operator=(const directory_watch&) = delete;

    /// These and no others from now on. One that was replaced by another of its name is watched anew.
    void watch(const std::set<std::string>& directories);

    /// Hands events on until it is cancelled; at once over where there is no inotify.
    boost::asio::awaitable<void> run();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace sluice::control

#pragma once
// The files that `!file` names in the file in force: watched, and read again when they change. A new content
// counts only when it is whole: not empty, text, closed by whoever wrote it, and the same twice. Until then,
// and when a file cannot be read, its last good content stays in force, and that is told.

#include "base/blocking_lane.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "control/directory_watch.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sluice::control {

using secret_contents = std::map<std::string, secret>; // by absolute path

struct secret_watch_timing {
    milliseconds quiet = seconds(1);       // a new content must be the same after so long
    milliseconds look_every = seconds(30); // for file systems that tell nothing, and links that are swapped
    milliseconds writing_takes = seconds(60); // a file that stays open longer is taken as it is
};

struct secret_news {
    std::set<std::string> changed;     // paths with a new good content
    secret_contents good;              // the last good content of every file
    std::vector<std::string> problems; // a sentence for each file whose present content is not used
};

class secret_files {
public:
    /// Reading is done on the lane.
    secret_files(
        boost::asio::any_io_executor executor,
        time_source& time,
        blocking_lane& disk,
        secret_watch_timing timing = {}
    );

    /// These files, with these contents, are in force from now on. Looks at them soon.
    void follow(secret_contents in_force);
    [[nodiscard]] const secret_contents& good() const { return good_; }

    /// Returns whenever a content or a problem is new. One caller at a time.
    boost::asio::awaitable<secret_news> next();

    /// Has the system tell of changes until it is cancelled; without it, `next` looks from time to time.
    boost::asio::awaitable<void> listen();

private:
    struct found {
        std::map<std::string, std::string> real_paths;
        secret_contents contents;
        std::map<std::string, std::string> problems; // by path
    };

    boost::asio::awaitable<found> read();
    void note(const std::string& path, file_event what);
    void watch_where_they_are(std::map<std::string, std::string> real_paths);
    [[nodiscard]] bool is_being_written(const std::string& path) const;
    [[nodiscard]] std::vector<std::string> sentences() const;

    time_source& time_;
    blocking_lane& disk_;
    secret_watch_timing timing_;
    std::unique_ptr<alarm> wake_;
    directory_watch watch_;
    secret_contents good_;
    std::map<std::string, std::string> real_paths_;  // by path: where links lead to
    std::map<std::string, mono_time> being_written_; // by real path: since when nothing else was heard
    std::map<std::string, std::string> problems_;    // that were told
    bool look_now_ = false;
};

} // namespace sluice::control

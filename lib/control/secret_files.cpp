#include "control/secret_files.hpp"

#include "config/secret_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace sluice::control {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::map<std::string, std::string> real_paths_of(const std::vector<std::string>& paths) {
    std::map<std::string, std::string> all;
    for (const auto& path : paths) {
        std::error_code ec;
        const auto real = fs::weakly_canonical(path, ec);
        all[path] = ec ? path : real.string();
    }
    return all;
}

std::vector<std::string> paths_of(const secret_contents& contents) {
    std::vector<std::string> paths;
    for (const auto& [path, content] : contents) paths.push_back(path);
    return paths;
}

} // namespace

secret_files::secret_files(
    asio::any_io_executor executor, time_source& time, blocking_lane& disk, secret_watch_timing timing
)
    : time_(time)
    , disk_(disk)
    , timing_(timing)
    , wake_(time.make_alarm())
    , watch_(std::move(executor), [this](const std::string& path, file_event what) { note(path, what); }) {}

void secret_files::follow(secret_contents in_force) {
    good_ = std::move(in_force);
    problems_.clear(); // those that go on are told again
    watch_where_they_are(real_paths_of(paths_of(good_)));
    look_now_ = true;
    wake_->ring();
}

asio::awaitable<void> secret_files::listen() {
    co_await watch_.run();
}

void secret_files::note(const std::string& path, file_event what) {
    if (what == file_event::being_written)
        being_written_[path] = time_.now().mono;
    else
        being_written_.erase(path);
    look_now_ = true;
    wake_->ring();
}

// Where a path stands and where its links lead: Kubernetes swaps a link beside the file, others replace the
// file itself.
void secret_files::watch_where_they_are(std::map<std::string, std::string> real_paths) {
    real_paths_ = std::move(real_paths);
    std::set<std::string> directories;
    for (const auto& [path, real] : real_paths_) {
        directories.insert(fs::path(path).parent_path().string());
        directories.insert(fs::path(real).parent_path().string());
    }
    const auto concerns_none = [this](const auto& entry) {
        const auto is_it = [&](const auto& known) { return known.second == entry.first; };
        return std::ranges::none_of(real_paths_, is_it);
    };
    std::erase_if(being_written_, concerns_none);
    watch_.watch(directories);
}

bool secret_files::is_being_written(const std::string& path) const {
    const auto real = real_paths_.find(path);
    if (real == real_paths_.end()) return false;
    const auto since = being_written_.find(real->second);
    return since != being_written_.end() && time_.now().mono - since->second < timing_.writing_takes;
}

asio::awaitable<secret_files::found> secret_files::read() {
    auto call = [paths = paths_of(good_)] {
        found seen;
        seen.real_paths = real_paths_of(paths);
        for (const auto& path : paths) {
            auto content = config::read_secret_file(path);
            if (!content)
                seen.problems[path] = content.error().detail;
            else if (content->bytes.empty())
                seen.problems[path] = fmt::format("the file `{}` is empty", path);
            else
                seen.contents[path] = secret(std::move(content->bytes));
        }
        return seen;
    };
    co_return co_await disk_.run(std::move(call));
}

std::vector<std::string> secret_files::sentences() const {
    std::vector<std::string> all;
    for (const auto& [path, problem] : problems_)
        all.push_back(problem + "; its last good content stays in force");
    return all;
}

asio::awaitable<secret_news> secret_files::next() {
    for (;;) {
        if (!look_now_) co_await wake_->wait_until(time_.now().mono + timing_.look_every);
        look_now_ = false;
        const auto first = co_await read();
        if (first.real_paths != real_paths_)
            look_now_ = true; // what changed there meanwhile was not heard of
        watch_where_they_are(first.real_paths);
        const auto is_news = [this](const auto& entry) {
            const auto known = good_.find(entry.first);
            return known != good_.end() && known->second != entry.second;
        };
        const bool worth_a_second_look =
            std::ranges::any_of(first.contents, is_news) || first.problems != problems_;
        co_await time_.sleep(timing_.quiet); // also where much goes on beside the files
        if (!worth_a_second_look) continue;
        const auto second = co_await read();
        secret_news news;
        for (const auto& [path, content] : second.contents) {
            const auto before = first.contents.find(path);
            const auto known = good_.find(path);
            if (known == good_.end() || known->second == content) continue;
            const bool is_whole =
                before != first.contents.end() && before->second == content && !is_being_written(path);
            if (is_whole)
                news.changed.insert(path);
            else
                look_now_ = true;
        }
        for (const auto& path : news.changed) good_[path] = second.contents.at(path);
        // A problem that was there only for a moment, between two steps of a replacement, is none.
        std::map<std::string, std::string> problems;
        for (const auto& [path, problem] : second.problems)
            if (first.problems.contains(path) && good_.contains(path)) problems[path] = problem;
        const bool tells = !news.changed.empty() || problems != problems_;
        problems_ = std::move(problems);
        if (!tells) continue;
        news.good = good_;
        news.problems = sentences();
        co_return news;
    }
}

} // namespace sluice::control

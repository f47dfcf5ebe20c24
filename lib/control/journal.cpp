#include "control/journal.hpp"

#include "control/history_json.hpp"

#include <algorithm>

namespace sluice::control {

namespace asio = boost::asio;

namespace {

bool is_wanted(const history_event& event, const history_query& wanted) {
    const bool concerns =
        wanted.pipeline.empty() || event.pipeline.empty() || event.pipeline == wanted.pipeline;
    return concerns && event.at >= wanted.since;
}

class file_journal final : public journal {
public:
    file_journal(blocking_lane& lane, std::string directory)
        : lane_(lane)
        , files_(std::move(directory), history_files) {}

    asio::awaitable<result<void>> append(std::string lines) override {
        auto call = [files = files_, lines = std::move(lines)] { return files.append(lines); };
        co_return co_await lane_.run(std::move(call));
    }

    asio::awaitable<result<history_page>> read(history_query wanted) override {
        auto call = [files = files_, wanted = std::move(wanted)] { return read_history(files, wanted); };
        co_return co_await lane_.run(std::move(call));
    }

private:
    blocking_lane& lane_;
    rotating_file files_;
};

} // namespace

std::unique_ptr<journal> make_file_journal(blocking_lane& lane, std::string directory) {
    return std::make_unique<file_journal>(lane, std::move(directory));
}

result<history_page> read_history(const rotating_file& files, const history_query& wanted) {
    history_page page;
    const auto take = [&](std::string_view line) {
        auto event = event_from(line);
        if (!event || !is_wanted(*event, wanted)) return true;
        page.more = page.events.size() == wanted.limit;
        if (!page.more) page.events.push_back(std::move(*event));
        return !page.more;
    };
    const auto read = files.each_backwards(take);
    if (!read) return std::unexpected(read.error());
    std::ranges::reverse(page.events);
    return page;
}

} // namespace sluice::control

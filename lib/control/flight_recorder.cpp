#include "control/flight_recorder.hpp"

#include "control/flight_hash.hpp"
#include "control/flight_sections.hpp"
#include "decide/members.hpp"

#include <utility>

namespace sluice::control {

namespace asio = boost::asio;

namespace {

/// Finds what changed since the last pass, and copies it.
struct capture {
    flight_recorder::known_sections& known;
    std::uint64_t pass;
    bool at_rest; // of what is many, only readings may differ from the last pass: by their times
    std::vector<flight_item>& items;

    template <class T>
    void offer(
        flight_recorder::known_section& section, const std::string& path, std::string_view key, const T& value
    ) {
        const auto hash = hash_of(value);
        auto found = section.find(key);
        const bool is_new = found == section.end();
        if (is_new) found = section.emplace(std::string(key), flight_recorder::known_part{}).first;
        auto& part = found->second;
        part.seen_in = pass;
        if (!is_new && part.hash == hash) return;
        part.hash = hash;
        items.push_back({path, std::string(key), std::make_unique<held<T>>(value)});
    }

    void
    tell_what_is_gone(flight_recorder::known_section& section, const std::string& path, std::size_t there) {
        if (section.size() == there) return;
        const auto is_gone = [&](const auto& part) {
            if (part.second.seen_in == pass) return false;
            items.push_back({path, part.first, nullptr});
            return true;
        };
        std::erase_if(section, is_gone);
    }

    template <class T>
    void whole(const std::string& path, const T& value) {
        offer(known[path], path, {}, value);
    }

    template <class T>
    void map(const std::string& path, const T& all) {
        if (at_rest && !value_json::is_reading<typename T::mapped_type>) return;
        auto& section = known[path];
        for (const auto& [key, value] : all) {
            if constexpr (value_json::text_map<T>)
                offer(section, path, key, value);
            else
                offer(section, path, key_text(key), value);
        }
        tell_what_is_gone(section, path, all.size());
    }

    template <class T>
    void list(const std::string& path, const T& all) {
        if (at_rest) return;
        auto& section = known[path];
        for (std::size_t i = 0; i < all.size(); ++i) offer(section, path, std::to_string(i), all[i]);
        tell_what_is_gone(section, path, all.size());
    }

    template <class T>
    bool optional(const std::string& path, const T& value) {
        whole(path + '?', value.has_value());
        if (!value) known.erase(path); // when it comes back, all of it is new
        return value.has_value();
    }
};

std::vector<secret> secrets_of(const model::declaration& declared) {
    std::vector<secret> all;
    if (declared.connect.password) all.push_back(*declared.connect.password);
    for (const auto& [key, value] : declared.kafka.properties)
        if (model::must_be_hidden(key, value)) all.emplace_back(model::reveal(value));
    return all;
}

} // namespace

flight_recorder::flight_recorder(time_source& time, const logger& log, telemetry& numbers)
    : log_(log)
    , numbers_(numbers)
    , wake_(time.make_alarm()) {}

void flight_recorder::record(
    const decide::inputs& in,
    const std::shared_ptr<const model::desired>& desired,
    const model::declaration& declared,
    const decide::decision& decided,
    bool at_rest
) {
    if (log_file_ == nullptr) return;
    ++passes_;
    if (waiting_.size() >= most_waiting) {
        drop(std::exchange(waiting_, {}).size(), "the disk does not keep up");
        everything_ = true;
    }
    // What was observed is masked by what is desired: with another wish all of it is written anew.
    if (desired != desired_ && (desired_ == nullptr || *desired != *desired_)) everything_ = true;
    desired_ = desired;
    flight_pass pass{passes_, in.now.wall, {}, {}, {}};
    const bool is_whole = std::exchange(everything_, false);
    if (is_whole) {
        pass.desired = desired;
        pass.other_secrets = secrets_of(declared);
        known_.clear();
    }
    capture changes{known_, passes_, at_rest && !is_whole, pass.items};
    decide::each_input(in, [&](const char* name, const auto& input) {
        visit_sections(name, input, changes);
    });
    visit_sections("decision", decided, changes);
    waiting_.push_back(std::move(pass));
    wake_->ring();
}

asio::awaitable<void> flight_recorder::run() {
    for (;;) {
        co_await wake_->wait();
        co_await write();
    }
}

asio::awaitable<void> flight_recorder::write() {
    if (log_file_ == nullptr || waiting_.empty()) co_return;
    auto passes = std::exchange(waiting_, {});
    const auto count = passes.size();
    const auto written = co_await log_file_->append(std::move(passes));
    if (!written) {
        everything_ = true;
        drop(count + std::exchange(waiting_, {}).size(), written.error().message());
        co_return;
    }
    everything_ = everything_ || *written;
    if (is_dropping_) log_.info("passes are recorded again");
    is_dropping_ = false;
}

void flight_recorder::drop(std::size_t passes, const std::string& why) {
    if (!is_dropping_) log_.warning("passes are not recorded", {{"problem", why}});
    is_dropping_ = true;
    numbers_.passes_not_recorded += passes;
}

} // namespace sluice::control

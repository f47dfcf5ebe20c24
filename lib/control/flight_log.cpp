#include "control/flight_log.hpp"

#include "base/digest.hpp"
#include "base/instant.hpp"
#include "control/flight_line.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace sluice::control {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

json::object& section_of(json::object& all, const std::string& name) {
    auto& section = all[name];
    return section.is_object() ? section.as_object() : section.emplace_object();
}

json::array& list_of(json::object& all, const std::string& name) {
    auto& list = all[name];
    return list.is_array() ? list.as_array() : list.emplace_array();
}

json::object record_of(flight_pass& pass, const flight_mask& mask, const std::string& build) {
    json::object record{{"flight", flight_format}, {"pass", pass.number}, {"at", to_rfc3339(pass.at)}};
    if (pass.desired) {
        auto desired = *pass.desired;
        mask.apply(desired);
        record["by"] = build;
        record["desired"] = to_json_value(desired);
    }
    json::object put;
    json::object gone;
    for (auto& item : pass.items) {
        if (item.value)
            section_of(put, item.section)[item.key] = item.value->masked(mask);
        else
            list_of(gone, item.section).emplace_back(item.key);
    }
    record["put"] = std::move(put);
    if (!gone.empty()) record["gone"] = std::move(gone);
    return record;
}

class file_flight_log final : public flight_log {
public:
    file_flight_log(blocking_lane& lane, std::string directory, std::string build)
        : lane_(lane)
        , writer_(std::make_shared<flight_writer>(std::move(directory), std::move(build))) {}

    asio::awaitable<result<bool>> append(std::vector<flight_pass> passes) override {
        // Shared, because a call that hangs may outlive this.
        auto call = [writer = writer_, passes = std::move(passes)]() mutable {
            return writer->write(std::move(passes));
        };
        co_return co_await lane_.run(std::move(call));
    }

private:
    blocking_lane& lane_;
    std::shared_ptr<flight_writer> writer_;
};

} // namespace

flight_writer::flight_writer(std::string directory, std::string build, rotation files)
    : files_(std::move(directory), files)
    , limits_(files)
    , build_(std::move(build))
    , salt_(random_salt()) {}

result<bool> flight_writer::write(std::vector<flight_pass> passes) {
    for (auto& pass : passes)
        if (auto written = write_one(std::move(pass)); !written) return std::unexpected(written.error());
    return is_full();
}

bool flight_writer::is_full() const {
    return files_.size() >= std::max(limits_.file_bytes, 2 * largest_);
}

void flight_writer::mask_for(const flight_pass& pass) {
    if (mask_ != nullptr && pass.desired == masked_for_) return;
    masked_for_ = pass.desired;
    mask_ = std::make_shared<const flight_mask>(pass.desired, pass.other_secrets, salt_);
}

result<void> flight_writer::write_one(flight_pass pass) {
    if (pass.desired) mask_for(pass);
    if (mask_ == nullptr) return {}; // it builds on a pass that was never seen
    const auto line = to_flight_line(record_of(pass, *mask_, build_));
    if (!pass.desired) return files_.append(line, rotating_file::place::in_same_file);
    const auto where = is_full() ? rotating_file::place::in_new_file : rotating_file::place::in_same_file;
    largest_ = line.size();
    return files_.append(line, where);
}

std::unique_ptr<flight_log>
make_file_flight_log(blocking_lane& lane, std::string directory, std::string build) {
    return std::make_unique<file_flight_log>(lane, std::move(directory), std::move(build));
}

} // namespace sluice::control

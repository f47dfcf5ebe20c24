#pragma once
// A flight log that writes at once, and its passes read back.

#include "control/flight_log.hpp"
#include "control/flight_reader.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace sluice::testing {

class direct_flight_log final : public control::flight_log {
public:
    explicit direct_flight_log(control::rotation files = control::flight_files)
        : writer_(folder.file(""), "test", files) {}

    boost::asio::awaitable<result<bool>> append(std::vector<control::flight_pass> passes) override {
        auto written = writer_.write(std::move(passes));
        co_return written;
    }

    [[nodiscard]] std::vector<std::string> lines() const {
        return control::read_flight_lines(folder.file("")).value();
    }

    temporary_folder folder;

private:
    control::flight_writer writer_;
};

/// Calls for each pass that the lines hold; how many they are.
template <class Tell>
std::size_t each_pass(const std::vector<std::string>& lines, Tell tell) {
    control::flight_reader reader;
    std::size_t passes = 0;
    for (const auto& line : lines) {
        const auto taken = reader.take(line);
        if (!taken) FAIL(taken.error().message());
        if (!*taken) continue;
        ++passes;
        tell(reader.pass());
    }
    return passes;
}

} // namespace sluice::testing

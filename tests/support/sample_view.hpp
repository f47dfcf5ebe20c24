#pragma once
// A status view with one of everything that readers render: a healthy source, a sink whose task failed, a
// connector that is missing, a finding, a drifted key, a secret that changes and a blocked change.

#include "control/commands.hpp"

#include <memory>

namespace sluice::testing {

/// 2026-11-23T18:30:00Z by the wall, 1000 s by the steady clock: when the sample was made.
moment sample_time();

control::status_view sample_view();

/// Serves a view and numbers that a test may change at will.
class sample_reader final : public control::daemon_reader {
public:
    [[nodiscard]] std::shared_ptr<const control::status_view> view() const override {
        return std::make_shared<const control::status_view>(current);
    }
    [[nodiscard]] const control::telemetry& numbers() const override { return counted; }
    [[nodiscard]] moment now() const override { return time; }
    [[nodiscard]] bool stopping() const override { return is_stopping; }
    boost::asio::awaitable<result<control::history_page>> history(control::history_query wanted
    ) const override {
        asked = std::move(wanted);
        co_return past;
    }

    control::status_view current = sample_view();
    control::telemetry counted;
    moment time = sample_time();
    bool is_stopping = false;
    result<control::history_page> past;
    mutable control::history_query asked; // for history, last
};

} // namespace sluice::testing

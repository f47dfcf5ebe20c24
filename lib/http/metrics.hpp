#pragma once
// /metrics: the catalogue's families rendered from the current status view and the counters, from memory.
// Nothing is registered, so a pipeline that leaves the file leaves no series behind.

#include "control/commands.hpp"
#include "http/build_identity.hpp"

#include <prometheus/collectable.h>

#include <string>
#include <string_view>

namespace sluice::http {

class metrics final : public prometheus::Collectable {
public:
    /// `daemon` must outlive this.
    metrics(const control::daemon_reader& daemon, build_identity build)
        : daemon_(daemon)
        , build_(std::move(build)) {}

    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

private:
    const control::daemon_reader& daemon_;
    build_identity build_;
};

/// Prometheus' text format.
std::string render(const prometheus::Collectable& source);
inline constexpr std::string_view exposition_content_type = "text/plain; version=0.0.4; charset=utf-8";

} // namespace sluice::http

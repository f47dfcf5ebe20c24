#pragma once
// The demo pipeline in a model world: a loop that runs in virtual time.

#include "control/reconciler.hpp"
#include "debezium/names.hpp"
#include "support/sim/model_world.hpp"

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

namespace sluice::testing {

model::declaration demo_declaration();

class pipeline_fixture {
public:
    explicit pipeline_fixture(
        std::uint32_t seed = 1, control::records remembered = {}, control::reconcile_mode mode = {}
    );
    ~pipeline_fixture();

    /// Takes the file into force and starts the loops; a second call is a reload.
    void run(const model::declaration& declared);

    [[nodiscard]] const model::pipeline_verdict& verdict(const std::string& pipeline = "shop") const;
    [[nodiscard]] bool is_ok() const;
    bool becomes_ok(std::chrono::steady_clock::duration within);
    [[nodiscard]] std::size_t writes() const {
        return world.connect_.writes.size() + world.kafka_.writes.size();
    }
    [[nodiscard]] std::string log() const;

    boost::asio::io_context context{1};
    sim_time time{context};
    model_world world;
    control::forgetful_store store;
    std::vector<std::string> lines;
    logger log_;
    control::telemetry numbers;
    control::reconciler loop;

private:
    bool started_ = false;
};

} // namespace sluice::testing

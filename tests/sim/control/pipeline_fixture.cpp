#include "pipeline_fixture.hpp"

#include <algorithm>

namespace sluice::testing {

model::declaration demo_declaration() {
    model::declaration d;
    d.name = "demo";
    d.kafka.bootstrap_servers = "localhost:9092";
    d.connect.urls = {"http://localhost:8083"};
    model::pipeline shop;
    shop.name = "shop";
    shop.source.db = {"localhost", 5432, "source_db", "cdc_user", secret("cdc-password")};
    shop.source.topic_prefix = "cdc";
    shop.source.tables = {{"public", "products"}, {"public", "orders"}};
    shop.source.connector = debezium::source_connector_name("shop");
    shop.source.slot = debezium::slot_name("demo", "shop");
    shop.source.publication = shop.source.slot;
    model::sink warehouse;
    warehouse.name = "warehouse";
    warehouse.db = {"localhost", 5433, "sink_db", "sink_user", secret("sink-password")};
    warehouse.connector = debezium::sink_connector_name("shop", "warehouse");
    shop.sinks = {warehouse};
    d.pipelines = {shop};
    return d;
}

pipeline_fixture::pipeline_fixture(
    std::uint32_t seed, control::records remembered, control::reconcile_mode mode
)
    : world(time, seed)
    , store(std::move(remembered))
    , log_([this](log_level, std::string_view line) { lines.emplace_back(line); })
    , loop(context.get_executor(), time, world, store, log_, numbers, std::move(mode)) {}

pipeline_fixture::~pipeline_fixture() {
    auto end = [this]() -> awaitable<void> { co_await loop.stop(seconds(60)); };
    run_in(time, context, std::move(end));
}

void pipeline_fixture::run(const model::declaration& declared) {
    if (started_) {
        loop.adopt_declaration(declared);
        return;
    }
    started_ = true;
    auto recall = [this]() -> awaitable<void> { co_await loop.recall(); };
    run_in(time, context, std::move(recall));
    loop.adopt_declaration(declared);
    loop.start_loops();
}

const model::pipeline_verdict& pipeline_fixture::verdict(const std::string& pipeline) const {
    const auto& verdicts = loop.decision().verdicts;
    return *std::ranges::find(verdicts, pipeline, &model::pipeline_verdict::pipeline);
}

bool pipeline_fixture::is_ok() const {
    const auto ok = [](const model::pipeline_verdict& v) {
        return v.status == model::link_status::ok && v.in_sync;
    };
    return !loop.decision().verdicts.empty() && std::ranges::all_of(loop.decision().verdicts, ok);
}

bool pipeline_fixture::becomes_ok(std::chrono::steady_clock::duration within) {
    return time.run_while_not([this] { return is_ok(); }, within);
}

std::string pipeline_fixture::log() const {
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    for (const auto& w : world.kafka_.writes) text += "kafka: " + w + '\n';
    for (const auto& w : world.connect_.writes) text += "connect: " + w + '\n';
    return text;
}

} // namespace sluice::testing

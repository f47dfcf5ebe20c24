// sluice import: a pipeline file for connectors that exist.

#include "config/rules.hpp"
#include "connect/api.hpp"
#include "control/import.hpp"
#include "debezium/observed_config.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    std::vector<std::string> connect = {};
    std::string kafka = {};
    std::string name = {};
};

constexpr const char* usual_name = "sluice";

asio::awaitable<result<debezium::existing>> look(workbench& bench, const model::declaration& base) {
    const auto connect = bench.world.connect(base.connect);
    debezium::existing there;
    auto plugins = co_await connect->plugins();
    if (!plugins) co_return std::unexpected(plugins.error());
    there.plugins = std::move(*plugins);
    auto connectors = co_await connect->connectors();
    if (!connectors) co_return std::unexpected(connectors.error());
    there.connectors = std::move(*connectors);
    co_return there;
}

asio::awaitable<result<void>>
look_at_topics(workbench& bench, const model::declaration& base, debezium::existing& there) {
    const auto kafka = bench.world.topics(base.kafka);
    auto names = control::topics_to_ask(base, there);
    if (names.empty()) {
        there.topics.emplace();
        co_return result<void>{};
    }
    auto topics = co_await kafka->describe(std::move(names));
    if (!topics) co_return std::unexpected(topics.error());
    there.topics = std::move(*topics);
    co_return result<void>{};
}

/// The one instance whose mark is on the connectors, if there is just one.
std::string name_on(const model::connector_list& connectors) {
    std::set<std::string> owners;
    for (const auto& [name, c] : connectors)
        if (c.config) owners.insert(debezium::observed_value(*c.config, std::string(model::owner_key)));
    owners.erase("");
    return owners.size() == 1 ? *owners.begin() : usual_name;
}

void tell(const control::imported& file, bool kafka_was_asked) {
    std::size_t sinks = 0;
    for (const auto& p : file.declared.pipelines) sinks += p.sinks.size();
    complain(fmt::format(
        "sluice: {} pipeline(s) with {} sink(s), {} other connector(s)\n",
        file.declared.pipelines.size(),
        sinks,
        file.declared.connectors.size()
    ));
    for (const auto& remark : file.remarks) complain(fmt::format("  {}\n", remark));
    if (!kafka_was_asked)
        complain(
            "  Kafka was not asked: a table's topic that does not exist will be in the plan; --kafka asks\n"
        );
    if (file.file.variables.empty()) return;
    complain("Set these variables before the file is used:\n");
    for (const auto& v : file.file.variables) complain(fmt::format("  {}\n", v.name));
}

asio::awaitable<int> write_import(workbench& bench, model::declaration base) {
    auto there = co_await look(bench, base);
    if (!there) {
        complain(fmt::format("sluice: {}\n", there.error().message()));
        co_return service_away;
    }
    if (base.name.empty()) base.name = name_on(there->connectors);
    const bool asks_kafka = !base.kafka.bootstrap_servers.empty();
    if (asks_kafka) {
        const auto looked = co_await look_at_topics(bench, base, *there);
        if (!looked) {
            complain(fmt::format("sluice: {}\n", looked.error().message()));
            co_return service_away;
        }
    }
    const auto file = control::import_connectors(base, std::move(*there));
    print(fmt::format(
        "# Written by `sluice import` from the connectors of {}. `sluice plan` with it shows no change.\n{}",
        fmt::join(base.connect.urls, ", "),
        file.file.yaml
    ));
    tell(file, asks_kafka);
    co_return done;
}

std::string flaw_of(const options& chosen) {
    for (const auto& url : chosen.connect)
        if (const auto flaw = config::flaw_of_url(url)) return fmt::format("--connect: {} {}", url, *flaw);
    const auto& servers = config::rules::bootstrap_servers;
    if (!chosen.kafka.empty() && !servers.holds(chosen.kafka))
        return fmt::format("--kafka: expected {}", servers.expected);
    const auto& name = config::rules::name;
    if (!chosen.name.empty() && !name.holds(chosen.name))
        return fmt::format("--name: expected {}", name.expected);
    if (!chosen.kafka.empty() && chosen.connect.empty()) return "--kafka goes with --connect";
    return {};
}

/// The addresses: those on the command line, or the file's.
std::optional<model::declaration> addresses(const options& chosen, scrubber& secrets) {
    model::declaration base;
    if (chosen.connect.empty()) {
        const auto file = read_file(find_file(*chosen.common), secrets);
        if (!file) return std::nullopt;
        base.name = file->name;
        base.kafka = file->kafka;
        base.connect = file->connect;
    } else {
        base.connect.urls = chosen.connect;
        base.kafka.bootstrap_servers = chosen.kafka;
    }
    if (!chosen.name.empty()) base.name = chosen.name;
    return base;
}

int run_import(const options& chosen) {
    if (const auto flaw = flaw_of(chosen); !flaw.empty()) {
        complain(fmt::format("sluice: {}\n", flaw));
        return wrong_usage;
    }
    workbench bench(level_of(*chosen.common));
    auto base = addresses(chosen, *bench.secrets);
    if (!base) return wrong_configuration;
    return bench.run(write_import(bench, std::move(*base)));
}

} // namespace

void add_import(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_option(
               "--connect", o.connect, "A worker of the Connect cluster; without it the file's are asked"
        )
            ->type_name("URL");
        sub.add_option("--kafka", o.kafka, "The brokers, to see which topics exist")->type_name("HOST:PORT");
        sub.add_option("--name", o.name, "The name of the instance, the mark of ownership");
    };
    add_with_options<options>(
        app, "import", "Write a pipeline file for connectors that exist", run, {&common}, declare, run_import
    );
}

} // namespace sluice

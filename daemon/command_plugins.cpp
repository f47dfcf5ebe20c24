// sluice plugins: what each Connect worker offers, and whether it fits what the file needs.

#include "control/ports.hpp"
#include "debezium/derive.hpp"
#include "exit_code.hpp"
#include "file_for_connect.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "plugin_fit.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <set>

namespace sluice {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

struct options {
    const common_options* common;
    bool all = false;
    std::string output = "table";
};

struct worker_offer {
    std::string url;
    std::string version;
    std::vector<model::connect_plugin> plugins;
    std::optional<error> failure;
};

asio::awaitable<worker_offer> ask(workbench& bench, model::connect_cluster cluster, std::string url) {
    cluster.urls = {url};
    const auto connect = bench.world.connect(cluster);
    worker_offer offer;
    offer.url = url;
    const auto worker = co_await connect->worker();
    if (!worker) {
        offer.failure = worker.error();
        co_return offer;
    }
    offer.version = worker->version;
    auto plugins = co_await connect->plugins();
    if (plugins)
        offer.plugins = std::move(*plugins);
    else
        offer.failure = plugins.error();
    co_return offer;
}

std::set<std::string> needed_classes(const model::declaration& declared) {
    std::set<std::string> classes;
    for (const auto& c : debezium::derive(declared, std::nullopt).connectors) classes.insert(c.plugin);
    return classes;
}

void show_table(const worker_offer& offer, const std::set<std::string>& needed, bool all) {
    const terminal out(1);
    table rows({"CLASS", "TYPE", "VERSION", "NEEDED"});
    const auto used = plugins_taken(offer.plugins, needed);
    for (const auto& p : offer.plugins) {
        const bool is_needed = used.contains(&p);
        if (is_needed || all)
            rows.add({{p.class_name}, {p.type}, {p.version}, {is_needed ? "yes" : "", colour::green}});
    }
    for (const auto& name : classes_missing(offer.plugins, needed))
        rows.add({{name}, {""}, {"missing", colour::red}, {"yes", colour::red}});
    print(fmt::format("{} (Kafka Connect {})\n", offer.url, offer.version) + rows.render(out));
}

json::object as_json(const worker_offer& offer, const std::set<std::string>& needed) {
    const auto used = plugins_taken(offer.plugins, needed);
    json::array plugins;
    for (const auto& p : offer.plugins)
        plugins.push_back(json::object{
            {"class", p.class_name}, {"type", p.type}, {"version", p.version}, {"needed", used.contains(&p)}
        });
    const auto lacking = classes_missing(offer.plugins, needed);
    return {
        {"url", offer.url},
        {"version", offer.version},
        {"plugins", std::move(plugins)},
        {"missing", json::array(lacking.begin(), lacking.end())}
    };
}

// A cluster needs a plugin on every worker: a task may be moved to any of them.
asio::awaitable<int> plugins(workbench& bench, options chosen, model::declaration declared) {
    const auto needed = needed_classes(declared);
    int code = done;
    json::array workers;
    for (const auto& url : declared.connect.urls) {
        const auto offer = co_await ask(bench, declared.connect, url);
        if (offer.failure) {
            complain(fmt::format("sluice: {}\n", offer.failure->message()));
            code = service_away;
            continue;
        }
        if (code == done && !classes_missing(offer.plugins, needed).empty()) code = failed;
        if (chosen.output == "json")
            workers.push_back(as_json(offer, needed));
        else
            show_table(offer, needed, chosen.all);
    }
    if (chosen.output == "json") print(json::serialize(workers) + '\n');
    co_return code;
}

int run_plugins(const options& chosen) {
    workbench bench(level_of(*chosen.common));
    auto declared = read_file_for_connect(find_file(*chosen.common), *bench.secrets);
    if (!declared) return wrong_configuration;
    return bench.run(plugins(bench, chosen, std::move(*declared)));
}

} // namespace

void add_plugins(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_flag("-a,--all", o.all, "Also the plugins that the file does not need");
        sub.add_option("-o,--output", o.output, "table or json")->check(CLI::IsMember({"table", "json"}));
    };
    add_with_options<options>(
        app, "plugins", "The connector plugins of each Connect worker", run, {&common}, declare, run_plugins
    );
}

} // namespace sluice

// sluice check: is the file right?

#include "connect/api.hpp"
#include "control/config_validation.hpp"
#include "exit_code_of.hpp"
#include "onlooker.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    bool online = false;
};

class report {
public:
    void ok(const std::string& what) { line(colour::green, "ok", what); }
    void blocker(const std::string& what, const std::string& why) {
        line(colour::red, "blocker", what + ": " + why);
        ++blockers_;
    }
    void unknown(const std::string& what, const std::string& why) {
        line(colour::yellow, "unknown", what + ": " + why);
    }
    [[nodiscard]] int blockers() const { return blockers_; }

private:
    void line(colour tint, std::string_view word, const std::string& text) {
        print(fmt::format("{}{} {}\n", out_.paint(tint, word), std::string(8 - word.size(), ' '), text));
    }

    terminal out_{1};
    int blockers_ = 0;
};

std::string title(const control::dependency_view& d) {
    if (d.kind == "connect") return "Kafka Connect";
    if (d.kind == "kafka") return "Kafka";
    if (d.kind == "connect_group") return "the Connect workers' group in Kafka";
    return fmt::format("{} of {}", d.kind == "source_db" ? "source database" : "sink database", d.name);
}

void report_dependencies(const control::status_view& view, report& out) {
    for (const auto& d : view.dependencies) {
        if (d.up && *d.up)
            out.ok(title(d) + " answers" + (d.version.empty() ? "" : ", version " + d.version));
        else if (d.up)
            out.blocker(title(d), d.problem);
        else
            out.unknown(title(d), d.problem.empty() ? "not asked" : d.problem);
    }
}

asio::awaitable<void>
report_configs(connect::connect_api& connect, std::shared_ptr<const model::desired> desired, report& out) {
    for (const auto& wanted : desired->connectors) {
        if (desired->unresolved.contains(wanted.link)) continue; // the plan tells why
        const auto valid = co_await control::validate_config(connect, wanted);
        if (valid)
            out.ok(fmt::format("Connect accepts the config of {}", wanted.name));
        else
            out.blocker(wanted.name, valid.error().message());
    }
}

void report_plan(const model::plan& plan, report& out) {
    for (const auto& c : plan.changes)
        if (c.is_held_back()) out.blocker(c.subject, c.blocked);
}

bool is_away(const std::optional<error>& failure) {
    return failure && exit_code_of(*failure) == service_away;
}

bool something_is_away(const model::observed& seen) {
    const auto is_out_of_reach = [](const auto& login) { return is_away(login.second.failure); };
    return is_away(seen.connectors.failure) || is_away(seen.topics.failure) ||
           std::ranges::any_of(seen.logins, is_out_of_reach);
}

asio::awaitable<int> check_online(workbench& bench, model::declaration declared) {
    onlooker eye(bench, std::move(declared));
    co_await eye.look_once();
    const auto& loop = eye.loop();
    report out;
    report_dependencies(*loop.view(), out);
    if (loop.observed().connectors.fresh()) {
        const auto connect = bench.world.connect(loop.declared().connect);
        co_await report_configs(*connect, loop.desired(), out);
    }
    report_plan(loop.decision().plan, out);
    if (something_is_away(loop.observed())) co_return service_away;
    co_return out.blockers() == 0 ? done : failed;
}

int check(const options& chosen) {
    workbench bench(level_of(*chosen.common));
    const auto file = find_file(*chosen.common);
    auto declared = read_file(file, *bench.secrets);
    if (!declared) return wrong_configuration;
    std::size_t sinks = 0;
    for (const auto& p : declared->pipelines) sinks += p.sinks.size();
    print(fmt::format(
        "{}: ok: instance {}, {} pipeline(s) with {} sink(s), {} other connector(s)\n",
        file,
        declared->name,
        declared->pipelines.size(),
        sinks,
        declared->connectors.size()
    ));
    if (!chosen.online) return done;
    return bench.run(check_online(bench, std::move(*declared)));
}

} // namespace

void add_check(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_flag("--online", o.online, "Also ask Connect, Kafka and the databases");
    };
    add_with_options<options>(app, "check", "All errors of the file at once", run, {&common}, declare, check);
}

} // namespace sluice

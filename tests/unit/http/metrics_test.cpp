#include "http/metrics.hpp"
#include "support/sample_view.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <sstream>

using namespace sluice;

namespace {

class scraper {
public:
    std::string scrape() const { return http::render(metrics_); }

    bool shows(const std::string& line) const {
        return ("\n" + scrape()).find("\n" + line + "\n") != std::string::npos;
    }
    bool mentions(const std::string& text) const { return scrape().find(text) != std::string::npos; }

    testing::sample_reader daemon;

private:
    http::metrics metrics_{daemon, {"0.1.0", "abc", "2.0.2", "15.0"}};
};

/// Lines that are a sample, as Prometheus counts series.
std::vector<std::string> samples(const std::string& exposition) {
    std::vector<std::string> lines;
    std::istringstream text(exposition);
    for (std::string line; std::getline(text, line);) {
        if (!line.empty() && line.front() != '#') lines.push_back(line);
    }
    return lines;
}

const std::string sink =
    R"(pipeline="shop",sink="warehouse",connect_cluster="default",connector="shop-warehouse")";
const std::string source = R"(pipeline="shop",sink="",connect_cluster="default",connector="shop-source")";
const std::string audit = R"(pipeline="audit",sink="",connect_cluster="default",connector="audit")";

} // namespace

TEST_CASE("the build, the file and the loops are shown") {
    const scraper prometheus;
    CHECK(prometheus.shows(
        R"(sluice_build_info{version="0.1.0",revision="abc",librdkafka="2.0.2",libpq="15.0"} 1)"
    ));
    CHECK(prometheus.shows("sluice_config_last_reload_successful 0"));
    CHECK(prometheus.shows("sluice_config_last_reload_success_timestamp_seconds 1795457700"));
    CHECK(prometheus.shows(R"(sluice_loop_last_success_timestamp_seconds{loop="reconcile"} 1795458596)"));
}

TEST_CASE("a loop that has never succeeded is as old as the start, so that an alert on its age fires") {
    const scraper prometheus;
    CHECK(prometheus.shows(R"(sluice_loop_last_success_timestamp_seconds{loop="probe"} 1795457700)"));
}

TEST_CASE("durations are cumulative in their buckets, and a loop without a pass has them at zero") {
    scraper prometheus;
    prometheus.daemon.counted.count_loop("reconcile", milliseconds(20));
    prometheus.daemon.counted.count_loop("reconcile", milliseconds(700));
    prometheus.daemon.counted.count_loop("reconcile", seconds(60));
    CHECK(prometheus.shows(R"(sluice_loop_duration_seconds_bucket{loop="reconcile",le="0.01"} 0)"));
    CHECK(prometheus.shows(R"(sluice_loop_duration_seconds_bucket{loop="reconcile",le="0.025"} 1)"));
    CHECK(prometheus.shows(R"(sluice_loop_duration_seconds_bucket{loop="reconcile",le="10"} 2)"));
    CHECK(prometheus.shows(R"(sluice_loop_duration_seconds_bucket{loop="reconcile",le="+Inf"} 3)"));
    CHECK(prometheus.shows(R"(sluice_loop_duration_seconds_count{loop="reconcile"} 3)"));
    CHECK(prometheus.shows(R"(sluice_loop_duration_seconds_count{loop="probe"} 0)"));
}

TEST_CASE("a dependency of which nothing is known is neither up nor down") {
    const scraper prometheus;
    CHECK(prometheus.shows(R"(sluice_dependency_up{dependency="connect",name="default"} 1)"));
    CHECK(prometheus.shows(R"(sluice_dependency_up{dependency="sink_db",name="sink_db"} 0)"));
    CHECK_FALSE(prometheus.mentions(R"(dependency="source_db")"));
}

TEST_CASE("a database is up when all who log in to it can, and is told from another of its name") {
    scraper prometheus;
    auto& all = prometheus.daemon.current.dependencies;
    auto another = all.at(2);
    another.name = "shop-copy";
    another.up = true;
    all.push_back(another);
    CHECK(prometheus.shows(R"(sluice_dependency_up{dependency="sink_db",name="sink_db"} 0)"));
    all.at(2).up = true;
    CHECK(prometheus.shows(R"(sluice_dependency_up{dependency="sink_db",name="sink_db"} 1)"));
    all.back().server = "copy.example:5432";
    all.back().up = false;
    CHECK(prometheus.shows(R"(sluice_dependency_up{dependency="sink_db",name="sink.example:5432/sink_db"} 1)")
    );
    CHECK(prometheus.shows(R"(sluice_dependency_up{dependency="sink_db",name="copy.example:5432/sink_db"} 0)")
    );
}

TEST_CASE("requests and failures are counted by what came of them") {
    scraper prometheus;
    prometheus.daemon.counted.count_request("connect", "list", "ok", milliseconds(3));
    prometheus.daemon.counted.count_request("connect", "list", "timeout", seconds(10));
    prometheus.daemon.counted.count_loop_failure("reconcile", "unreachable");
    CHECK(prometheus.shows(
        R"(sluice_dependency_requests_total{dependency="connect",operation="list",outcome="ok"} 1)"
    ));
    CHECK(prometheus.shows(
        R"(sluice_dependency_requests_total{dependency="connect",operation="list",outcome="timeout"} 1)"
    ));
    CHECK(prometheus.shows(
        R"(sluice_dependency_request_duration_seconds_count{dependency="connect",operation="list"} 2)"
    ));
    CHECK(prometheus.shows(R"(sluice_loop_failures_total{loop="reconcile",reason="unreachable"} 1)"));
}

TEST_CASE("a pipeline has exactly one of ten statuses") {
    const scraper prometheus;
    int series = 0;
    int ones = 0;
    for (const auto& line : samples(prometheus.scrape())) {
        if (!line.starts_with(R"(sluice_pipeline_status{pipeline="shop")")) continue;
        ++series;
        if (line.ends_with(" 1")) ++ones;
    }
    CHECK(series == 10);
    CHECK(ones == 1);
    CHECK(prometheus.shows(R"(sluice_pipeline_status{pipeline="shop",status="failed"} 1)"));
    CHECK(prometheus.shows(R"(sluice_pipeline_status_since_timestamp_seconds{pipeline="shop"} 1795458540)"));
    CHECK(prometheus.shows(R"(sluice_pipeline_paused{pipeline="audit"} 1)"));
    CHECK(prometheus.shows(R"(sluice_pipeline_paused{pipeline="shop"} 0)"));
    CHECK(prometheus.shows(R"(sluice_pipeline_in_sync{pipeline="shop"} 0)"));
}

TEST_CASE("a pipeline and its sinks say what they are made of") {
    const scraper prometheus;
    CHECK(prometheus.shows(
        R"(sluice_pipeline_info{pipeline="shop",connect_cluster="default",source_connector="shop-source",slot="demo_shop",publication="demo_shop"} 1)"
    ));
    CHECK(prometheus.shows(
        R"(sluice_sink_info{pipeline="shop",sink="warehouse",connector="shop-warehouse",group="connect-shop-warehouse"} 1)"
    ));
}

TEST_CASE("a failed task shows in its connector's tasks and by the class of its root cause") {
    const scraper prometheus;
    CHECK(prometheus.shows("sluice_connector_state{" + sink + R"(,state="running"} 1)"));
    CHECK(prometheus.shows("sluice_connector_tasks{" + sink + R"(,state="failed"} 1)"));
    CHECK(prometheus.shows("sluice_connector_tasks{" + sink + R"(,state="running"} 0)"));
    CHECK(prometheus.shows("sluice_connector_tasks_expected{" + sink + "} 1"));
    CHECK(prometheus.shows("sluice_task_failure_info{" + sink + R"(,task="0",error="PSQLException"} 1)"));
    CHECK(prometheus.shows("sluice_connector_drifted_keys{" + sink + "} 1"));
    CHECK(prometheus.shows("sluice_restart_backoff_remaining_seconds{" + sink + "} 20"));
    CHECK(prometheus.shows("sluice_restart_backoff_remaining_seconds{" + source + "} 0"));
}

TEST_CASE("a trace that names no class, or an endless one, becomes the error `other`") {
    const auto trace =
        GENERATE(as<std::string>{}, "", "password=hunter2 refused", "a." + std::string(500, 'X') + ": no");
    scraper prometheus;
    auto shop = *prometheus.daemon.current.pipelines.at(1);
    shop.links.at(1).status->tasks.at(0).trace = trace;
    prometheus.daemon.current.pipelines.at(1) = std::make_shared<const control::pipeline_view>(shop);
    CHECK(prometheus.shows("sluice_task_failure_info{" + sink + R"(,task="0",error="other"} 1)"));
}

TEST_CASE("a connector that Connect does not list is missing, and runs none of its tasks") {
    const scraper prometheus;
    CHECK(prometheus.shows("sluice_connector_state{" + audit + R"(,state="missing"} 1)"));
    CHECK(prometheus.shows("sluice_connector_tasks{" + audit + R"(,state="running"} 0)"));
    CHECK(prometheus.shows("sluice_connector_tasks_expected{" + audit + "} 1"));
}

TEST_CASE("while Connect cannot be read a connector is unknown, and its tasks are not counted from memory") {
    scraper prometheus;
    auto shop = *prometheus.daemon.current.pipelines.at(1);
    for (auto& link : shop.links) link.known = false;
    prometheus.daemon.current.pipelines.at(1) = std::make_shared<const control::pipeline_view>(shop);
    prometheus.daemon.current.dependencies.at(0).up = false;
    CHECK(prometheus.shows("sluice_connector_state{" + source + R"(,state="unknown"} 1)"));
    CHECK(prometheus.shows("sluice_connector_state{" + source + R"(,state="running"} 0)"));
    CHECK_FALSE(prometheus.mentions("sluice_connector_tasks{" + source));
    CHECK_FALSE(prometheus.mentions("sluice_task_failure_info{"));
    CHECK_FALSE(prometheus.mentions("sluice_connect_workers{"));
    CHECK_FALSE(prometheus.mentions("sluice_unmanaged_connectors{"));
}

TEST_CASE("the cluster shows its workers and what nobody declares") {
    const scraper prometheus;
    CHECK(prometheus.shows(R"(sluice_connect_workers{connect_cluster="default"} 2)"));
    CHECK(prometheus.shows(R"(sluice_unmanaged_connectors{connect_cluster="default"} 2)"));
}

TEST_CASE(
    "what awaits acceptance is counted by what it costs, findings by code, and what is not waiting is zero"
) {
    const scraper prometheus;
    CHECK(
        prometheus.shows(R"(sluice_changes_awaiting_acceptance{pipeline="audit",consequence="resnapshot"} 1)")
    );
    CHECK(prometheus.shows(
        R"(sluice_changes_awaiting_acceptance{pipeline="shop",consequence="task-restart"} 0)"
    ));
    CHECK(prometheus.shows(R"(sluice_changes_awaiting_acceptance{pipeline="shop",consequence="delete"} 0)"));
    CHECK(prometheus.shows(R"(sluice_findings{pipeline="shop",code="SINK_UNREACHABLE",severity="critical"} 1)"
    ));
}

TEST_CASE("counters of a pipeline are there at zero before anything is counted") {
    scraper prometheus;
    CHECK(prometheus.shows(
        R"(sluice_reconcile_actions_total{pipeline="shop",connect_cluster="default",action="create",outcome="ok"} 0)"
    ));
    CHECK(prometheus.shows("sluice_task_restarts_total{" + sink + R"(,outcome="failed"} 0)"));
    prometheus.daemon.counted.count_action({"shop", "default", "create", "ok"});
    prometheus.daemon.counted.count_action({"shop", "default", "update", "refused"});
    prometheus.daemon.counted.count_restart({"shop", "warehouse", "default", "shop-warehouse", "failed"});
    CHECK(prometheus.shows(
        R"(sluice_reconcile_actions_total{pipeline="shop",connect_cluster="default",action="create",outcome="ok"} 1)"
    ));
    CHECK(prometheus.shows(
        R"(sluice_reconcile_actions_total{pipeline="shop",connect_cluster="default",action="update",outcome="refused"} 1)"
    ));
    CHECK(prometheus.shows("sluice_task_restarts_total{" + sink + R"(,outcome="failed"} 1)"));
}

TEST_CASE("a pipeline that left the file leaves no series behind") {
    scraper prometheus;
    prometheus.daemon.counted.count_action({"shop", "default", "create", "ok"});
    prometheus.daemon.counted.count_restart({"shop", "warehouse", "default", "shop-warehouse", "ok"});
    prometheus.daemon.counted.note_in_sync({"shop"}, testing::sample_time().wall);
    REQUIRE(prometheus.shows(R"(sluice_reconcile_last_success_timestamp_seconds{pipeline="shop"} 1795458600)")
    );
    prometheus.daemon.current.pipelines.pop_back();
    prometheus.daemon.current.plan = {};
    CHECK_FALSE(prometheus.mentions("shop\""));
}

TEST_CASE("no series appears twice, and the exposition counts its own") {
    scraper prometheus;
    prometheus.daemon.counted.count_loop("reconcile", milliseconds(20));
    prometheus.daemon.counted.count_request("connect", "list", "ok", milliseconds(3));
    const auto text = prometheus.scrape();
    const auto lines = samples(text);
    std::set<std::string> names;
    for (const auto& line : lines) names.insert(line.substr(0, line.rfind(' ')));
    CHECK(names.size() == lines.size());
    CHECK(prometheus.shows("sluice_exported_series " + std::to_string(lines.size())));
}

TEST_CASE("the process shows its memory, files, threads and CPU time") {
    const scraper prometheus;
    for (const auto* name :
         {"process_cpu_seconds_total ",
          "process_resident_memory_bytes ",
          "process_virtual_memory_bytes ",
          "process_threads ",
          "process_open_fds ",
          "process_max_fds "}) {
        CHECK(prometheus.mentions("\n" + std::string(name)));
    }
    CHECK(prometheus.shows("process_start_time_seconds 1795457700"));
}

TEST_CASE("promtool has nothing to say against the names, types and helps") {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
        WARN("promtool is not installed: the metrics were not linted");
        return;
    }
    scraper prometheus;
    prometheus.daemon.counted.count_request("connect", "list", "ok", milliseconds(3));
    prometheus.daemon.counted.count_loop_failure("reconcile", "unreachable");
    auto* lint = ::popen("promtool check metrics 2>&1", "w");
    REQUIRE(lint != nullptr);
    const auto text = prometheus.scrape();
    REQUIRE(std::fwrite(text.data(), 1, text.size(), lint) == text.size());
    CHECK(::pclose(lint) == 0);
}

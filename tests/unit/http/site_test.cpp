#include "http/site.hpp"
#include "support/async.hpp"
#include "support/sample_view.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

namespace json = boost::json;
using namespace sluice;
using http::response;

namespace {

class visitor {
public:
    response get(const std::string& target, const std::string& host = "localhost:8084") const {
        return send("GET", target, host);
    }
    response
    send(const std::string& method, const std::string& target, const std::string& host = "localhost") const {
        response answer;
        const http::request asked{method, target, host};
        auto ask = [&]() -> boost::asio::awaitable<void> { answer = co_await site_.answer(asked); };
        testing::run_async(ask);
        return answer;
    }
    json::object document(const std::string& target) const {
        const auto answer = get(target);
        REQUIRE(answer.status == 200);
        REQUIRE(answer.content_type == "application/json");
        return json::parse(answer.body).as_object();
    }

    testing::sample_reader daemon;

private:
    http::site site_{daemon, {"0.1.0", "abc", "2.0.2", "15.0"}, {"sluice.internal"}};
};

} // namespace

TEST_CASE("livez and healthz tell whether the loops turn, whatever the pipelines do") {
    visitor visit;
    for (const auto* path : {"/livez", "/healthz"}) {
        CHECK(visit.get(path).status == 503); // the sample's probe never succeeded
        CHECK(visit.get(path).body.find("loop probe") != std::string::npos);
    }
    visit.daemon.current.loops.pop_back();
    for (const auto* path : {"/livez", "/healthz"}) {
        CHECK(visit.get(path).status == 200);
        CHECK(visit.get(path).body == "ok\n");
    }
    CHECK(visit.get("/livez?verbose").body == "[+]loop reconcile ok\nok\n");
}

TEST_CASE("healthz?pipelines is 503 while any pipeline is not well") {
    visitor visit;
    const auto sick = visit.get("/healthz?pipelines");
    CHECK(sick.status == 503);
    CHECK(sick.body == "[-]pipeline shop failed: failed, shop-warehouse: task 0 failed\n");

    visit.daemon.current.pipelines.pop_back();
    CHECK(visit.get("/healthz?pipelines").status == 200);
    CHECK(visit.get("/healthz?pipelines&verbose").body == "[+]pipeline audit ok\nok\n");
}

TEST_CASE("readyz ends when the daemon is stopping") {
    visitor visit;
    CHECK(visit.get("/readyz").status == 200);
    visit.daemon.is_stopping = true;
    CHECK(visit.get("/readyz").status == 503);
    CHECK(visit.get("/readyz").body == "[-]running failed: the daemon is stopping\n");
}

TEST_CASE("the API shows the pipelines, one of them, the findings and the plan, each under the same header") {
    const visitor visit;
    for (const auto* path :
         {"/api/v1/pipelines", "/api/v1/pipelines/shop", "/api/v1/findings", "/api/v1/plan"}) {
        const auto body = visit.document(path);
        CHECK(body.at("version") == 1);
        CHECK(body.at("instance") == "demo");
        CHECK(body.at("at") == "2026-11-23T18:30:00Z");
    }
    CHECK(visit.document("/api/v1/pipelines").at("pipelines").as_array().size() == 2);
    CHECK(visit.document("/api/v1/pipelines/shop").at("pipeline").at("status") == "failed");
    CHECK(visit.document("/api/v1/findings").at("findings").at(0).at("code") == "SINK_UNREACHABLE");
    CHECK(visit.document("/api/v1/plan").at("plan").at("changes").as_array().size() == 2);
}

TEST_CASE("a name may be percent-encoded, and an unknown one is told apart from an unknown path") {
    const visitor visit;
    CHECK(visit.document("/api/v1/pipelines/sho%70").at("pipeline").at("name") == "shop");
    const auto unknown = visit.get("/api/v1/pipelines/nope");
    CHECK(unknown.status == 404);
    CHECK(
        json::parse(unknown.body).at("error") ==
        "no pipeline is called \"nope\"; /api/v1/pipelines lists them"
    );
}

TEST_CASE("what is not there is 404, as JSON") {
    const visitor visit;
    const auto target = GENERATE(
        as<std::string>{},
        "/nope",
        "/api/v1",
        "/api/v1/pipelines/",
        "/api/v1/pipelines/shop/x",
        "/livez/",
        "//livez",
        "/LIVEZ"
    );
    CAPTURE(target);
    const auto answer = visit.get(target);
    CHECK(answer.status == 404);
    CHECK(json::parse(answer.body).as_object().contains("error"));
}

TEST_CASE("a target that is no path is 400") {
    const visitor visit;
    const auto target =
        GENERATE(as<std::string>{}, "", "*", "livez", "http://localhost/livez", "/%zz", "/a b");
    CAPTURE(target);
    CHECK(visit.get(target).status == 400);
}

TEST_CASE("nothing can be changed here: every other method is 405 and names those that work") {
    const visitor visit;
    for (const auto* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"}) {
        const auto answer = visit.send(method, "/api/v1/pipelines");
        CHECK(answer.status == 405);
        REQUIRE(answer.headers.size() == 1);
        CHECK(answer.headers[0] == std::pair<std::string, std::string>("Allow", "GET, HEAD"));
    }
    CHECK(visit.send("HEAD", "/api/v1/pipelines").status == 200);
}

TEST_CASE("a foreign Host reaches the probes and the metrics, and nothing else") {
    visitor visit;
    visit.daemon.current.loops.clear();
    for (const auto* path : {"/livez", "/readyz", "/healthz", "/metrics"})
        CHECK(visit.get(path, "evil.example").status == 200);
    for (const auto* path :
         {"/", "/api/v1/pipelines", "/api/v1/pipelines/shop", "/api/v1/findings", "/api/v1/plan", "/nope"}) {
        CAPTURE(path);
        const auto answer = visit.get(path, "evil.example");
        CHECK(answer.status == 421);
        CHECK(answer.body.find("evil.example") != std::string::npos);
        CHECK(answer.body.find("shop") == std::string::npos);
        CHECK(answer.body.find("http.listen") == std::string::npos); // takes no name
    }
    CHECK(visit.get("/", "sluice.internal:8084").status == 200);
}

TEST_CASE("history is asked for by pipeline, time and number, and answered under the common header") {
    visitor visit;
    control::history_event event;
    event.kind = control::history_kind::status;
    event.after = "ok";
    visit.daemon.past = control::history_page{{event}, true};
    const auto body = visit.document("/api/v1/history?pipeline=shop&since=2h&limit=5");
    CHECK(body.at("instance") == "demo");
    CHECK(body.at("more") == true);
    CHECK(body.at("events").at(0).at("after") == "ok");
    CHECK(visit.daemon.asked.pipeline == "shop");
    CHECK(visit.daemon.asked.since == testing::sample_time().wall - std::chrono::hours(2));
    CHECK(visit.daemon.asked.limit == 5);
    visit.document("/api/v1/history");
    CHECK(visit.daemon.asked.pipeline.empty());
    CHECK(visit.daemon.asked.limit == 100);
}

TEST_CASE("history is bounded, says what is wrong with a question, and that it cannot be read") {
    visitor visit;
    for (const auto* query :
         {"limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "since=yesterday", "since=2"}) {
        CAPTURE(query);
        CHECK(visit.get(std::string("/api/v1/history?") + query).status == 400);
    }
    CHECK(visit.get("/api/v1/history", "evil.example").status == 421);
    visit.daemon.past = fail(errc::busy, "read the history of", "demo", "others are reading it");
    CHECK(visit.get("/api/v1/history").status == 503);
}

TEST_CASE("the index names every path") {
    const visitor visit;
    const auto index = visit.get("/").body;
    for (const auto* path :
         {"/livez", "/readyz", "/healthz", "/metrics", "/api/v1/pipelines/{name}", "/api/v1/plan"}) {
        CHECK(index.find(path) != std::string::npos);
    }
    CHECK(index.find("instance demo") != std::string::npos);
}

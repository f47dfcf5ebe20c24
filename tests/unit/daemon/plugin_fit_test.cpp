#include "daemon/plugin_fit.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE("a plugin fits by its class's full name, and by the names that Connect makes of it") {
    const std::vector<model::connect_plugin> offered{
        {"io.debezium.connector.postgresql.PostgresConnector", "source", "2.7.4.Final"},
        {"org.apache.kafka.connect.file.FileStreamSinkConnector", "sink", "3.7.2"},
    };
    for (const std::string name :
         {"io.debezium.connector.postgresql.PostgresConnector", "PostgresConnector", "Postgres"}) {
        INFO(name);
        CHECK(plugins_taken(offered, {name}) == std::set<const model::connect_plugin*>{&offered[0]});
        CHECK(classes_missing(offered, {name}).empty());
    }
    CHECK(plugins_taken(offered, {"FileStreamSink", "org.example.Gone"}).size() == 1);
    CHECK(
        classes_missing(offered, {"FileStreamSink", "org.example.Gone"}) ==
        std::vector<std::string>{"org.example.Gone"}
    );
}

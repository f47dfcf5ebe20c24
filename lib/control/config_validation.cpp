#include "control/config_validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::control {

namespace {

bool resolved_by_connect(const model::desired_connector& wanted, const std::string& key) {
    const auto value = wanted.config.find(key);
    return value != wanted.config.end() && model::is_provider_reference(model::reveal(value->second));
}

bool is_login_key(std::string_view key) {
    constexpr std::array<std::string_view, 5> keys{
        "database.hostname", "database.port", "database.user", "database.password", "database.dbname"
    };
    return std::ranges::find(keys, key) != keys.end();
}

error refusal(
    const model::desired_connector& wanted, const std::vector<connect::validation_problem>& problems
) {
    std::string text;
    bool is_login = true;
    for (const auto& problem : problems) {
        is_login = is_login && is_login_key(problem.key);
        for (const auto& message : problem.messages)
            text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", problem.key, message);
    }
    if (is_login && wanted.database) {
        const auto where =
            fmt::format("{}:{}/{}", wanted.database->host, wanted.database->port, wanted.database->name);
        return {
            errc::unreachable,
            "log in from Connect to the source database",
            where,
            text + " (tried again by itself)"
        };
    }
    return {errc::refused, "validate the config of", wanted.name, text};
}

} // namespace

boost::asio::awaitable<result<void>>
validate_config(connect::connect_api& connect, const model::desired_connector& wanted) {
    auto config = wanted.config;
    config["name"] = wanted.name;
    auto answer = co_await connect.validate(wanted.plugin, std::move(config));
    if (!answer) co_return std::unexpected(answer.error());
    auto& problems = answer->problems;
    std::erase_if(problems, [&](const connect::validation_problem& p) {
        return resolved_by_connect(wanted, p.key);
    });
    if (problems.empty()) co_return result<void>{};
    co_return std::unexpected(refusal(wanted, problems));
}

} // namespace sluice::control

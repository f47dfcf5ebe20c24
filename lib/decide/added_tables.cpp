#include "decide/added_tables.hpp"

#include "debezium/config_text.hpp"
#include "debezium/observed_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace sluice::decide {

namespace {

constexpr std::string_view list_of_tables = "table.include.list";

std::vector<std::string> added(const model::key_change& k) {
    const auto before = debezium::split_list(k.before.value_or(""));
    std::vector<std::string> tables;
    for (const auto& item : debezium::split_list(k.after.value_or("")))
        if (std::ranges::find(before, item) == before.end())
            tables.push_back(debezium::literal_of(item).value_or(item));
    return tables;
}

} // namespace

std::vector<std::string>
tables_not_copied(const model::desired_connector& wanted, const std::vector<model::key_change>& keys) {
    if (wanted.role != model::connector_role::source) return {};
    if (debezium::value_or(wanted.config, "snapshot.mode", "initial") == "always") return {};
    const auto found = std::ranges::find(keys, list_of_tables, &model::key_change::key);
    const bool had_tables = found != keys.end() && found->before; // without a list it read all of them
    return had_tables ? added(*found) : std::vector<std::string>();
}

std::string what_is_not_copied(const std::vector<std::string>& tables) {
    if (tables.empty()) return {};
    return fmt::format(
        "only changes from now on are read of {}: rows from before are not copied; where they are needed, "
        "take "
        "an incremental snapshot by Debezium's signal execute-snapshot",
        fmt::join(tables, ", ")
    );
}

} // namespace sluice::decide

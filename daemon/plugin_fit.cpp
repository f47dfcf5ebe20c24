#include "plugin_fit.hpp"

#include "debezium/plugins.hpp"

namespace sluice {

std::set<const model::connect_plugin*>
plugins_taken(const std::vector<model::connect_plugin>& offered, const std::set<std::string>& classes) {
    std::set<const model::connect_plugin*> taken;
    for (const auto& name : classes) taken.insert(debezium::find_plugin(offered, name));
    taken.erase(nullptr);
    return taken;
}

std::vector<std::string>
classes_missing(const std::vector<model::connect_plugin>& offered, const std::set<std::string>& classes) {
    std::vector<std::string> missing;
    for (const auto& name : classes)
        if (debezium::find_plugin(offered, name) == nullptr) missing.push_back(name);
    return missing;
}

} // namespace sluice

#include "control/replay.hpp"

#include "control/flight_sections.hpp"

#include <boost/json.hpp>

#include <map>

namespace sluice::control {

namespace {

using parts = std::map<std::string, std::string>; // as text, by their place

struct render {
    parts all;

    template <class T>
    void whole(const std::string& path, const T& value) {
        all[path] = boost::json::serialize(to_json_value(value));
    }
    template <class T>
    void map(const std::string& path, const T& values) {
        for (const auto& [key, value] : values) whole(path + '.' + key_text(key), value);
    }
    template <class T>
    void list(const std::string& path, const T& values) {
        for (std::size_t i = 0; i < values.size(); ++i) whole(path + '.' + std::to_string(i), values[i]);
    }
    template <class T>
    bool optional(const std::string&, const T& value) {
        return value.has_value();
    }
};

parts parts_of(const decide::decision& decision) {
    render text;
    visit_sections("decision", decision, text);
    return std::move(text.all);
}

} // namespace

replayed_pass replay(const recorded_pass& pass, decider decides) {
    replayed_pass result;
    result.now = decides(decide::inputs_of(pass.inputs));
    const auto then = parts_of(pass.decided);
    const auto now = parts_of(result.now);
    for (const auto& [place, text] : then) {
        const auto found = now.find(place);
        const auto other = found == now.end() ? std::string() : found->second;
        if (other != text) result.differences.push_back({place, text, other});
    }
    for (const auto& [place, text] : now)
        if (!then.contains(place)) result.differences.push_back({place, {}, text});
    return result;
}

} // namespace sluice::control

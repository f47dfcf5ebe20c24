#include "control/flight_reader.hpp"

#include "base/instant.hpp"
#include "base/json_fields.hpp"
#include "control/flight_line.hpp"
#include "control/flight_sections.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace sluice::control {

namespace json = boost::json;

namespace {

const json::object* section_in(const json::object& record, std::string_view part, const std::string& path) {
    const auto* all = record.if_contains(part);
    const auto* section = all == nullptr ? nullptr : all->as_object().if_contains(path);
    return section == nullptr ? nullptr : &section->as_object();
}

/// Brings what is known of the pass before up to this one.
struct update {
    const json::object& record;

    template <class Tell>
    void each_put(const std::string& path, Tell tell) const {
        const auto* section = section_in(record, "put", path);
        if (section == nullptr) return;
        for (const auto& [key, value] : *section) tell(std::string(key), value);
    }

    template <class Tell>
    void each_gone(const std::string& path, Tell tell) const {
        const auto* all = record.if_contains("gone");
        const auto* keys = all == nullptr ? nullptr : all->as_object().if_contains(path);
        if (keys == nullptr) return;
        for (const auto& key : keys->as_array()) tell(std::string(key.as_string()));
    }

    template <class T>
    void whole(const std::string& path, T& value) const {
        each_put(path, [&](const std::string&, const json::value& v) {
            T next{};
            read_json_value(v, next);
            value = std::move(next);
        });
    }

    template <class T>
    void map(const std::string& path, T& all) const {
        using key_type = typename T::key_type;
        each_gone(path, [&](const std::string& key) { all.erase(key_from<key_type>(key)); });
        each_put(path, [&](const std::string& key, const json::value& v) {
            typename T::mapped_type next{};
            read_json_value(v, next);
            all[key_from<key_type>(key)] = std::move(next);
        });
    }

    template <class T>
    void list(const std::string& path, T& all) const {
        each_gone(path, [&](const std::string& key) { all.resize(std::min(all.size(), std::stoul(key))); });
        each_put(path, [&](const std::string& key, const json::value& v) {
            typename T::value_type next{};
            read_json_value(v, next);
            const auto at = std::stoul(key);
            if (at > all.size()) throw std::out_of_range("an element without those before it");
            if (at == all.size()) all.emplace_back();
            all[at] = std::move(next);
        });
    }

    template <class T>
    bool optional(const std::string& path, T& value) const {
        bool is_there = value.has_value();
        whole(path + '?', is_there);
        if (!is_there)
            value.reset();
        else if (!value)
            value.emplace();
        return is_there;
    }
};

void bring_up(recorded_pass& pass, const json::object& record) {
    update changes{record};
    decide::each_input(pass.inputs, [&](const char* name, auto& input) {
        visit_sections(name, input, changes);
    });
    visit_sections("decision", pass.decided, changes);
}

} // namespace

result<bool> flight_reader::take(std::string_view line) {
    const auto record = from_flight_line(line);
    if (!record && record.error().code == errc::unsupported) return std::unexpected(record.error());
    const bool begins = record && record->contains("desired");
    if (!record || (!begins && !is_whole_)) return is_whole_ = false;
    const auto number = static_cast<std::uint64_t>(number_of(*record, "pass"));
    if (!begins && number != pass_.number + 1) return is_whole_ = false;
    try {
        if (begins) {
            pass_ = {};
            pass_.by = text_of(*record, "by");
            read_json_value(record->at("desired"), pass_.inputs.desired);
        }
        pass_.number = number;
        pass_.at = parse_rfc3339(text_of(*record, "at")).value_or(wall_time{});
        bring_up(pass_, *record);
    } catch (const std::exception& e) {
        is_whole_ = false;
        return fail(
            errc::unsupported,
            "read a recorded pass",
            "pass " + std::to_string(number),
            std::string("another version of Sluice has written it: ") + e.what()
        );
    }
    return is_whole_ = true;
}

result<std::vector<std::string>> read_flight_lines(const std::string& directory) {
    std::vector<std::string> lines;
    const auto take = [&](std::string_view line) {
        lines.emplace_back(line);
        return true;
    };
    const auto read = rotating_file(directory, flight_files).each_backwards(take);
    if (!read) return std::unexpected(read.error());
    std::ranges::reverse(lines);
    return lines;
}

} // namespace sluice::control

#pragma once
// Takes the secrets out of what is recorded, so that decide still gives the same answer: equal secrets become
// equal tokens, whether they were declared or observed. A token is keyed by a salt that is never written, and
// tells nothing of its secret. What other systems returned masked stays as it is.

#include "base/secret.hpp"
#include "control/value_json.hpp"
#include "model/desired.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::control {

class flight_mask {
public:
    /// `others` are secrets besides those of the connectors; none of them may appear in a text. A secret that
    /// the file itself says in plain elsewhere, as a name or an ordinary value, is no secret there.
    flight_mask(
        std::shared_ptr<const model::desired> desired, const std::vector<secret>& others, std::string salt
    );

    template <class T>
    void apply(T& v) const;

private:
    [[nodiscard]] std::string token(std::string_view value) const;
    void hide(std::string& text) const;
    void hide(model::config_value& value) const;
    void hide(model::config_map& config) const;
    void hide(model::observed_connector& connector) const;
    void hide(model::topic_entry& entry) const;
    /// A value that is no secret as a whole by its declaration: what the file says, and what others may have
    /// set.
    [[nodiscard]] std::string plain(std::string_view key, const std::string& value) const;
    [[nodiscard]] std::string foreign(std::string_view key, const std::string& value) const;

    template <class T>
    void hide(std::optional<T>& v) const {
        if (v) hide(*v);
    }
    template <class A, class B>
    void hide(std::pair<A, B>& v) const {
        hide(v.first);
        hide(v.second);
    }
    template <class T>
    void hide(std::vector<T>& all) const {
        for (auto& one : all) hide(one);
    }
    // The keys of maps and what is in sets are names: they lead from one value to another.
    template <class T>
    void hide(std::set<T>&) const {}
    template <class K, class V>
    void hide(std::map<K, V>& all) const {
        for (auto& [key, value] : all) hide(value);
    }
    template <class Rep, class Period>
    void hide(std::chrono::duration<Rep, Period>&) const {}
    template <class Clock, class Duration>
    void hide(std::chrono::time_point<Clock, Duration>&) const {}
    void hide(moment&) const {}
    template <class T>
    void hide(T& v) const {
        if constexpr (value_json::with_members<T>)
            value_json::each_member(v, [this](const char*, auto& member) { hide(member); });
        else
            static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>, "say what of it is secret");
    }

    std::shared_ptr<const model::desired> desired_;
    std::string salt_;
    scrubber texts_;
};

template <class T>
void flight_mask::apply(T& v) const {
    hide(v);
}

} // namespace sluice::control

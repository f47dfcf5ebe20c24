#pragma once
// Who in Connect works on what. Two sources on one slot steal each other's changes, two on one prefix mix
// their topics, and a second sink on a table replays old rows over new ones: all of it looks healthy. So
// nothing is created or changed into the way of a connector that is there, whoever's it is.

#include "debezium/holdings.hpp"
#include "decide/decide.hpp"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace sluice::decide {

/// Of one observation, which must be fresh when it is asked. It is gone through at the first question.
class occupants {
public:
    explicit occupants(const inputs& in) : in_(in) {}

    /// Why `wanted` must not be created, or, with the config that it has `now`, be changed to what is
    /// declared: the connector in its way, and the way out. Empty: there is none. What it has in common with
    /// another already is no reason, nor is `former`, the connector that it takes the place of.
    std::string in_the_way_of(
        const model::desired_connector& wanted,
        const debezium::observed_config* now = nullptr,
        const std::string& former = {}
    );

private:
    struct occupant {
        std::string connector;
        bool is_sole = true;
    };
    using place = std::tuple<debezium::holding_kind, std::string, std::string>; // kind, where, name
    struct overview {
        std::map<place, std::vector<occupant>> by_place;
        std::map<std::string, std::vector<place>> patterns; // of topics, by database
    };

    const overview& look();
    void add(const model::observed_connector& other, overview& all) const;
    std::vector<occupant> sharing(const debezium::holding& held);
    std::string sentence(const occupant& other, const debezium::holding& held) const;

    const inputs& in_;
    std::optional<overview> overview_;
};

} // namespace sluice::decide

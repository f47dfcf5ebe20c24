#include "decide/agreed.hpp"

namespace sluice::decide {

using model::change_kind;

agreed::agreed(const std::vector<model::change>& changes) {
    for (const auto& c : changes) {
        ids_.insert(c.id);
        subjects_.insert(c.subject);
        if (c.kind == change_kind::create_connector) created_.insert(c.subject);
    }
    ids_.erase(""); // of what has none, such as a restart of what failed
}

bool agreed::covers(const model::change& change) const {
    const bool sets_state = change.kind == change_kind::resume || change.kind == change_kind::pause ||
                            change.kind == change_kind::stop;
    return ids_.contains(change.id) || (sets_state && created_.contains(change.subject));
}

} // namespace sluice::decide

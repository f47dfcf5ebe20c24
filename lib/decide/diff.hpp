#pragma once
// desired × observed → plan. The rules:
//  - Unknown is never absent: nothing is planned on a reading that is not fresh; what waits for it is listed
//    as blocked, with the reason.
//  - Only what is ours is written: a connector under a declared name with our mark, or adopted.
//  - Deleting needs mark and memory, and `prune: true` or an acceptance of its own.
//  - Nothing comes into the way of another connector that is there: clash.hpp.
//  - A difference in `sluice.*` keys alone is no difference.

#include "decide/clash.hpp"
#include "decide/decide.hpp"
#include "decide/slice.hpp"

namespace sluice::decide {

/// The changes of one pipeline, in no order yet.
std::vector<model::change> diff(const inputs& in, const slice& wanted, occupants& others);

/// What nobody declares: across all pipelines.
struct undeclared {
    std::vector<std::string> names;       // of connectors, by name
    std::vector<std::string> ours;        // those of them that carry our mark
    std::vector<model::change> deletions; // with `prune: true`, or accepted as part of a new name
};
/// `planned` are the changes of all pipelines: a connector whose link goes on under another name is deleted
/// when, and only when, that is accepted.
undeclared find_undeclared(const inputs& in, const std::vector<model::change>& planned);

/// The order in which a plan is shown and carried out: by kind, then subject. Total.
void put_in_order(std::vector<model::change>& changes);

/// What must be equal for a later difference to count as drift: everything desired of it but secrets' values.
std::string digest(const model::desired_connector& connector);
std::string digest(const model::desired_topic& topic);

/// Which topics are as desired now, noted for later passes.
void learn_settled_topics(const inputs& in, model::memory& memory);

/// How one config differs from another, by key. `name` and `sluice.*` are left out.
std::vector<model::key_change> config_changes(
    const model::desired_connector& connector,
    const std::map<std::string, std::string>& observed,
    const secret_matches& secrets
);

/// Whether a key holds a secret by its name (`database.password`, …), whatever the value's type.
bool is_secret_key(std::string_view key);

/// The keys of a connector's config that Sluice wrote as secrets, whatever the file says now: of the
/// connector's own record, so that they are known after a restart too.
std::set<std::string> keys_written_as_secrets(const std::map<std::string, std::string>& observed);

/// Another instance's mark is on it, and `adopt: true` does not say now that we take it over.
bool is_of_another(
    const inputs& in, const model::desired_connector& wanted, const model::observed_connector& found
);

/// Whether this connector may be managed; else the reason, with the way out.
std::string refusal_to_manage(
    const inputs& in, const model::desired_connector& wanted, const model::observed_connector& found
);

} // namespace sluice::decide

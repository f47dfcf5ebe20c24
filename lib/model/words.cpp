// The words of plans and verdicts, as the contract spells them.
#include "model/memory.hpp"
#include "model/plan.hpp"
#include "model/verdict.hpp"

namespace sluice::model {

std::string_view to_string(consequence c) {
    switch (c) {
    case consequence::none: return "none";
    case consequence::task_restart: return "task-restart";
    case consequence::event_shape: return "event-shape";
    case consequence::gap_risk: return "gap-risk";
    case consequence::topic_rename: return "topic-rename";
    case consequence::new_slot: return "new-slot";
    case consequence::resnapshot: return "resnapshot";
    case consequence::data_loss: return "data-loss";
    case consequence::remove: return "delete";
    }
    return "none";
}

std::optional<consequence> consequence_from(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(consequence::remove); ++i)
        if (const auto c = static_cast<consequence>(i); to_string(c) == word) return c;
    return std::nullopt;
}

std::string_view meaning(consequence c) {
    switch (c) {
    case consequence::none: return "nothing is interrupted";
    case consequence::task_restart: return "the tasks restart";
    case consequence::event_shape: return "later events look different from those before";
    case consequence::gap_risk: return "rows may be missing until a snapshot brings them";
    case consequence::topic_rename: return "events go to other topics, which sinks must follow";
    case consequence::new_slot:
        return "a new slot begins now: what the old one has not delivered is lost, and the old one holds WAL "
               "until it is dropped";
    case consequence::resnapshot: return "the stored position no longer fits: everything is read again";
    case consequence::data_loss: return "events or records can be lost for good";
    case consequence::remove: return "a connector is deleted";
    }
    return "";
}

std::string_view to_string(obstacle o) {
    switch (o) {
    case obstacle::none: return "none";
    case obstacle::order: return "order";
    case obstacle::acceptance: return "acceptance";
    case obstacle::refusal: return "refusal";
    case obstacle::freeze: return "freeze";
    case obstacle::contest: return "contest";
    case obstacle::roll: return "roll";
    }
    return "none";
}

std::string_view to_string(change_kind k) {
    switch (k) {
    case change_kind::create_topic: return "create_topic";
    case change_kind::add_partitions: return "add_partitions";
    case change_kind::alter_topic_config: return "alter_topic_config";
    case change_kind::create_connector: return "create";
    case change_kind::update_config: return "update";
    case change_kind::resume: return "resume";
    case change_kind::pause: return "pause";
    case change_kind::stop: return "stop";
    case change_kind::restart_failed:
    case change_kind::restart_all: return "restart";
    case change_kind::delete_connector: return "delete";
    }
    return "unknown";
}

std::string_view to_string(restart_outcome o) {
    switch (o) {
    case restart_outcome::none: return "none";
    case restart_outcome::sent: return "sent";
    case restart_outcome::refused: return "refused";
    case restart_outcome::runs: return "runs";
    case restart_outcome::failed_again: return "failed-again";
    }
    return "none";
}

std::string_view to_string(link_status s) {
    switch (s) {
    case link_status::ok: return "ok";
    case link_status::paused: return "paused";
    case link_status::starting: return "starting";
    case link_status::lagging: return "lagging";
    case link_status::stalled: return "stalled";
    case link_status::stopped: return "stopped";
    case link_status::rewound: return "rewound";
    case link_status::unknown: return "unknown";
    case link_status::failed: return "failed";
    case link_status::lost: return "lost";
    }
    return "unknown";
}

std::string_view to_string(severity s) {
    switch (s) {
    case severity::info: return "info";
    case severity::warning: return "warning";
    case severity::critical: return "critical";
    }
    return "warning";
}

} // namespace sluice::model

#pragma once
// The members of the model's values by name, for code that walks over values of whatever type: what decide
// was given is recorded and read back by these lists. A member that a list does not name does not compile
// there
// (`is_named_whole`), so nothing that was added is forgotten. A value of a new type gets its list here.

#include "base/error.hpp"
#include "model/memory.hpp"
#include "model/observed.hpp"
#include "model/plan.hpp"
#include "model/verdict.hpp"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <boost/pfr.hpp>

namespace sluice {

BOOST_DESCRIBE_STRUCT(error, (), (code, attempted, subject, detail))
BOOST_DESCRIBE_ENUM(
    errc,
    unreachable,
    timeout,
    outcome_unknown,
    cancelled,
    rebalancing,
    already_exists,
    wrong_state,
    forwarding_failed,
    not_found,
    refused,
    unauthorized,
    server_error,
    bad_answer,
    too_large,
    unsupported,
    invalid,
    io,
    busy
)

} // namespace sluice

namespace sluice::model {

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public>;

template <class T>
concept has_named_members = boost::describe::has_describe_members<T>::value;

/// Whether the list of a type's members has them all.
template <has_named_members T>
inline constexpr bool is_named_whole =
    boost::mp11::mp_size<members_of<T>>::value == boost::pfr::tuple_size_v<T>;

// --- declared and desired -------------------------------------------------------------------------------

BOOST_DESCRIBE_ENUM(target_state, running, paused, stopped)
BOOST_DESCRIBE_ENUM(drift_policy, correct, report)
BOOST_DESCRIBE_ENUM(
    consequence,
    none,
    task_restart,
    event_shape,
    gap_risk,
    topic_rename,
    new_slot,
    resnapshot,
    data_loss,
    remove
)
BOOST_DESCRIBE_ENUM(connector_role, source, sink, plain)
BOOST_DESCRIBE_ENUM(topic_purpose, table, heartbeat, dead_letter)
BOOST_DESCRIBE_STRUCT(restart_policy, (), (budget, cluster_budget, circuit))
BOOST_DESCRIBE_STRUCT(daily_freeze, (), (from, to, days))
BOOST_DESCRIBE_STRUCT(single_freeze, (), (from, to))
BOOST_DESCRIBE_STRUCT(freeze_window, (), (zone, daily, once))
BOOST_DESCRIBE_STRUCT(database, (), (host, port, name, user, password))
BOOST_DESCRIBE_STRUCT(link_id, (), (pipeline, sink))
BOOST_DESCRIBE_STRUCT(
    desired_connector,
    (),
    (name, cluster, link, role, state, state_because, config, adopt, tasks, topics, plugin, database)
)
BOOST_DESCRIBE_STRUCT(
    desired_topic,
    (),
    (name,
     pipeline,
     purpose,
     partitions,
     replication_factor,
     creation_config,
     written_partitions,
     written_replication_factor,
     written_config)
)
BOOST_DESCRIBE_STRUCT(
    desired,
    (),
    (instance,
     drift,
     prune,
     restarts,
     freeze,
     by_request,
     accepted,
     accepted_plans,
     connectors,
     topics,
     unresolved)
)

// --- observed -------------------------------------------------------------------------------------------

BOOST_DESCRIBE_ENUM(connector_state, running, paused, stopped, failed, unassigned, restarting, unknown)
BOOST_DESCRIBE_STRUCT(observed_task, (), (id, state, worker_id, trace))
BOOST_DESCRIBE_STRUCT(connector_status, (), (state, worker_id, trace, tasks))
BOOST_DESCRIBE_STRUCT(observed_connector, (), (name, type, config, task_count, status))
BOOST_DESCRIBE_STRUCT(connect_plugin, (), (class_name, type, version))
BOOST_DESCRIBE_STRUCT(connect_worker, (), (version, commit, kafka_cluster_id))
BOOST_DESCRIBE_STRUCT(topic_entry, (), (value, is_default, sensitive, read_only))
BOOST_DESCRIBE_STRUCT(observed_topic, (), (name, partitions, replication_factor, config))
BOOST_DESCRIBE_ENUM(group_state, stable, rebalancing, empty, unknown)
BOOST_DESCRIBE_STRUCT(connect_member, (), (id, host, worker))
BOOST_DESCRIBE_STRUCT(connect_group, (), (state, members))
BOOST_DESCRIBE_STRUCT(observed, (), (worker, plugins, connectors, topics, group, conflict_at, logins))

// --- remembered -----------------------------------------------------------------------------------------

BOOST_DESCRIBE_ENUM(acceptance_state, begun, spent)
BOOST_DESCRIBE_ENUM(restart_outcome, none, sent, refused, runs, failed_again)
BOOST_DESCRIBE_STRUCT(
    task_judgement,
    (),
    (attempts,
     last_attempt,
     outcome,
     fingerprint,
     alike,
     failed,
     tried,
     failed_since,
     healthy_since,
     worker,
     start_is_hidden,
     at_once)
)
BOOST_DESCRIBE_STRUCT(
    connector_memory,
    (),
    (owned,
     adopted,
     link,
     settled_digest,
     created_stopped,
     tasks,
     restarted,
     judged_config,
     one_more,
     contests,
     not_running_since,
     placement,
     tasks_placed,
     login_worked,
     login_problem,
     login_back_at)
)
BOOST_DESCRIBE_STRUCT(contest, (), (changes, since, differs, last_seen))
BOOST_DESCRIBE_ENUM(roll_phase, trying, watching, proven, reverting, failed)
BOOST_DESCRIBE_STRUCT(roll, (), (phase, members, first, since, reason, previous, watched_since))
BOOST_DESCRIBE_STRUCT(pipeline_memory, (), (status, since))
BOOST_DESCRIBE_STRUCT(workers_memory, (), (seen, moved_at, unassigned_since, rebalancing, rebalances))
BOOST_DESCRIBE_ENUM(override_scope, pipeline, connector)
BOOST_DESCRIBE_STRUCT(override_subject, (), (scope, name))
BOOST_DESCRIBE_STRUCT(state_override, (), (state, who, reason, since, lasts, ends_at, deadline))
BOOST_DESCRIBE_STRUCT(
    memory,
    (),
    (connectors, workers, kafka_away, kafka_back_at, pipelines, settled_topics, acceptances, overrides, rolls)
)

// --- planned and judged ---------------------------------------------------------------------------------

BOOST_DESCRIBE_ENUM(
    change_kind,
    create_topic,
    add_partitions,
    alter_topic_config,
    create_connector,
    update_config,
    resume,
    pause,
    stop,
    restart_failed,
    restart_all,
    delete_connector
)
BOOST_DESCRIBE_ENUM(obstacle, none, order, acceptance, refusal, freeze, contest, roll)
BOOST_DESCRIBE_STRUCT(key_change, (), (key, before, after, is_secret, cost))
BOOST_DESCRIBE_STRUCT(
    change,
    (),
    (kind, subject, link, cost, to_accept, keys, tasks, is_drift, is_first_start, because, id, held, blocked)
)
BOOST_DESCRIBE_STRUCT(plan, (), (changes))
BOOST_DESCRIBE_ENUM(
    link_status, ok, paused, starting, lagging, stalled, stopped, rewound, unknown, failed, lost
)
BOOST_DESCRIBE_ENUM(severity, info, warning, critical)
BOOST_DESCRIBE_STRUCT(finding, (), (code, level, link, subject, message, remedy))
BOOST_DESCRIBE_STRUCT(link_verdict, (), (link, connector, status, reason, tasks_running, tasks_expected))
BOOST_DESCRIBE_STRUCT(pipeline_verdict, (), (pipeline, status, since, reason, in_sync, links, findings))

} // namespace sluice::model

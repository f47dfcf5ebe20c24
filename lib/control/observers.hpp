#pragma once
// Look at Connect, Kafka and the databases, and note what is there in `model::observed`. One look is one
// coroutine; the loops that repeat them are in reconciler.cpp. A look never throws but on cancellation.

#include "base/time.hpp"
#include "control/ports.hpp"
#include "control/secret_hashes.hpp"
#include "control/telemetry.hpp"
#include "model/desired.hpp"
#include "model/observed.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::control {

class connect_observer {
public:
    explicit connect_observer(time_source& time) : time_(time) {}

    void use(std::shared_ptr<connect::connect_api> connect);
    [[nodiscard]] const std::shared_ptr<connect::connect_api>& port() const { return connect_; }

    /// Everything: worker, plugins (when not known, or `plugins_too`), then all connectors with their
    /// configs. The list counts as failed when the plugins are not known: without them no config can be
    /// derived.
    boost::asio::awaitable<void> look(model::observed& into, bool plugins_too);

    /// States only, a hundred times cheaper: between full looks, while something converges.
    boost::asio::awaitable<void> look_at_states(model::observed& into);

    /// When the last full look that succeeded was begun: it shows what was written before.
    [[nodiscard]] mono_time begun() const { return begun_; }

    /// Goes up when the list, or a state in it, is another than before.
    [[nodiscard]] std::uint64_t changes() const { return changes_; }

private:
    boost::asio::awaitable<bool> look_at_plugins(model::observed& into);
    void note_list(model::reading<model::connector_list>& reading, result<connect::numbered_list> answer);

    time_source& time_;
    std::shared_ptr<connect::connect_api> connect_;
    int generation_ = 0; // of what is looked at: a look begun before the last `use` tells nothing
    mono_time begun_ = mono_time::min();
    std::uint64_t number_ = 0; // of the answer that the list is still as in; 0: of none
    std::uint64_t changes_ = 0;
};

class topics_observer {
public:
    topics_observer(time_source& time, telemetry& numbers) : time_(time), numbers_(numbers) {}

    /// Also to be called when other topics are asked for from now on.
    void use(std::shared_ptr<kafka::topic_admin> topics);
    [[nodiscard]] const std::shared_ptr<kafka::topic_admin>& port() const { return topics_; }
    boost::asio::awaitable<void> look(model::observed& into, std::vector<std::string> names);
    [[nodiscard]] mono_time begun() const { return begun_; }

    /// Goes up when the topics are not as before.
    [[nodiscard]] std::uint64_t changes() const { return changes_; }

private:
    time_source& time_;
    telemetry& numbers_;
    std::shared_ptr<kafka::topic_admin> topics_;
    int generation_ = 0;
    mono_time begun_ = mono_time::min();
    std::uint64_t changes_ = 0;
};

/// Kafka's own view of the Connect cluster's workers.
class group_observer {
public:
    group_observer(time_source& time, telemetry& numbers) : time_(time), numbers_(numbers) {}

    /// An empty id: there is nothing to look at.
    void use(std::shared_ptr<kafka::connect_group_reader> groups, std::string group_id);
    [[nodiscard]] bool has_group() const { return !group_id_.empty(); }
    boost::asio::awaitable<void> look(model::observed& into);

private:
    time_source& time_;
    telemetry& numbers_;
    std::shared_ptr<kafka::connect_group_reader> groups_;
    std::string group_id_;
    int generation_ = 0;
};

/// Logs in to each connector's database with its own credentials: each distinct login once, sixteen at a
/// time, so that databases that do not answer hold up no other.
class login_observer {
public:
    login_observer(time_source& time, telemetry& numbers) : time_(time), numbers_(numbers) {}

    void use(std::shared_ptr<postgres::login_probe> logins);
    boost::asio::awaitable<void> look(model::observed& into, std::shared_ptr<const model::desired> desired);

private:
    struct round;

    boost::asio::awaitable<void> ask_next(std::shared_ptr<round> all);

    time_source& time_;
    telemetry& numbers_;
    std::shared_ptr<postgres::login_probe> logins_;
};

/// The login of a connector; none when it has no database, or when only Connect can resolve the password.
std::optional<postgres::login> login_of(const model::desired_connector& connector);

} // namespace sluice::control

#include "connect/client.hpp"

#include "base/blocking_lane.hpp"
#include "connect/requests.hpp"
#include "connect/wire.hpp"
#include "connect/workers.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace sluice::connect {

namespace {

// To read a longer one takes more time than anything may hold the loop.
constexpr std::size_t longest_on_the_loop = 256U << 10;

/// The last answer that listed the connectors.
struct last_list {
    std::string body;
    std::uint64_t number = 0;
};

result<numbered_list>
read_unless_known(answer from, const scrubber& known, std::uint64_t number, last_list& last) {
    const bool is_the_last = last.number != 0 && from.body == last.body;
    if (is_the_last && last.number == number) return numbered_list{number, {}};
    auto list = wire::read_connectors(from, known);
    if (!list) return std::unexpected(std::move(list.error()));
    if (!is_the_last) last = {std::move(from.body), last.number + 1};
    return numbered_list{last.number, std::move(*list)};
}

class beast_connect final : public connect_api {
public:
    beast_connect(
        boost::asio::any_io_executor executor,
        time_source& time,
        const model::connect_cluster& cluster,
        std::shared_ptr<const scrubber> known,
        request_observer on_finished
    )
        : time_(time)
        , known_(known)
        , read_timeout_(cluster.read_timeout)
        , write_timeout_(cluster.write_timeout)
        , on_finished_(std::move(on_finished))
        , workers_(std::move(executor), time, cluster, std::move(known)) {}

    awaitable<result<model::connect_worker>> worker() override {
        return ask(requests::worker(), wire::read_worker);
    }

    awaitable<result<std::vector<model::connect_plugin>>> plugins() override {
        return ask(requests::plugins(), wire::read_plugins);
    }

    awaitable<result<model::connector_list>> connectors() override {
        return ask(requests::connectors(), wire::read_connectors);
    }

    awaitable<result<numbered_list>> connectors_since(std::uint64_t number) override {
        auto read = [number, last = last_](answer from, const scrubber& known) {
            return read_unless_known(std::move(from), known, number, *last);
        };
        return ask(requests::connectors(), std::move(read));
    }

    awaitable<result<model::connector_list>> statuses() override {
        return ask(requests::statuses(), wire::read_connectors);
    }

    awaitable<result<model::connector_status>> status(std::string name) override {
        return ask(requests::status(name), wire::read_status);
    }

    awaitable<result<std::map<std::string, std::string>>> config(std::string name) override {
        return ask(requests::config(name), wire::read_config);
    }

    awaitable<result<std::vector<int>>> tasks(std::string name) override {
        return ask(requests::tasks(name), wire::read_tasks);
    }

    awaitable<result<std::vector<partition_offset>>> offsets(std::string name) override {
        return ask(requests::offsets(name), wire::read_offsets);
    }

    awaitable<result<validation>> validate(std::string plugin, model::config_map config) override {
        return ask(requests::validate(plugin, config, secrets::revealed), wire::read_validation);
    }

    awaitable<result<void>>
    create(std::string name, model::config_map config, model::target_state initial_state) override {
        return ask(requests::create(name, config, initial_state, secrets::revealed), wire::read_done);
    }

    awaitable<result<void>> put_config(std::string name, model::config_map config) override {
        return ask(requests::put_config(name, config, secrets::revealed), wire::read_done);
    }

    awaitable<result<void>> remove(std::string name) override {
        return ask(requests::remove(name), wire::read_done);
    }

    awaitable<result<void>> restart(std::string name, bool only_failed) override {
        return ask(requests::restart(name, only_failed), wire::read_done);
    }

    awaitable<result<void>> restart_task(std::string name, int task) override {
        return ask(requests::restart_task(name, task), wire::read_done);
    }

    awaitable<result<void>> pause(std::string name) override {
        return ask(requests::pause(name), wire::read_done);
    }
    awaitable<result<void>> resume(std::string name) override {
        return ask(requests::resume(name), wire::read_done);
    }
    awaitable<result<void>> stop(std::string name) override {
        return ask(requests::stop(name), wire::read_done);
    }

private:
    template <class Read>
    using outcome_of = std::invoke_result_t<Read, answer, const scrubber&>;

    template <class Read>
    awaitable<outcome_of<Read>> ask(request what, Read read) {
        const auto started = time_.now().mono;
        const auto deadline = started + (what.is_slow ? write_timeout_ : read_timeout_);
        auto outcome = co_await answered(what, read, deadline);
        if (on_finished_) {
            finished_request done;
            done.operation = what.operation;
            done.took = time_.now().mono - started;
            if (!outcome) done.failed = outcome.error().code;
            on_finished_(done);
        }
        co_return outcome;
    }

    // With the lane's first answer all go there: so what is kept of the last one has one thread at a time.
    template <class Read>
    awaitable<outcome_of<Read>> read_answer(answer from, Read read) {
        if (!lane_ && from.body.size() <= longest_on_the_loop) co_return read(std::move(from), *known_);
        if (!lane_) lane_ = std::make_unique<blocking_lane>("answers of Kafka Connect");
        auto work = [from = std::move(from), known = *known_, read = std::move(read)]() mutable {
            return read(std::move(from), known);
        };
        auto value = co_await lane_->run(std::move(work));
        co_return value;
    }

    template <class Read>
    awaitable<outcome_of<Read>> answered(request what, Read read, mono_time deadline) {
        try {
            auto got = co_await workers_.send(what, deadline);
            if (!got) co_return std::unexpected(got.error());
            auto value = co_await read_answer(std::move(got->what), std::move(read));
            if (!value) {
                value.error().attempted = what.attempted;
                value.error().subject = got->from;
            }
            co_return value;
        } catch (const boost::system::system_error& e) {
            if (e.code() != boost::asio::error::operation_aborted) throw;
            co_return fail(errc::cancelled, what.attempted, {}, "given up at our own request");
        }
    }

    time_source& time_;
    std::shared_ptr<const scrubber> known_;
    milliseconds read_timeout_;
    milliseconds write_timeout_;
    request_observer on_finished_;
    workers workers_;
    std::shared_ptr<last_list> last_ = std::make_shared<last_list>();
    std::unique_ptr<blocking_lane> lane_; // once an answer is long
};

} // namespace

std::unique_ptr<connect_api> make_beast_connect(
    boost::asio::any_io_executor executor,
    time_source& time,
    const model::connect_cluster& cluster,
    std::shared_ptr<const scrubber> known,
    request_observer on_finished
) {
    return std::make_unique<beast_connect>(
        std::move(executor), time, cluster, std::move(known), std::move(on_finished)
    );
}

} // namespace sluice::connect

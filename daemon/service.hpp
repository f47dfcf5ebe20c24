#pragma once
// The daemon: the loop, the file and its reloads, and what others may ask of it.

#include "base/scope.hpp"
#include "config/load.hpp"
#include "control/commands.hpp"
#include "control/reconciler.hpp"
#include "control/secret_files.hpp"
#include "workbench.hpp"

#include <memory>
#include <string>

namespace sluice {

class service final : public control::daemon_commands {
public:
    service(workbench& bench, control::memory_store& store, control::journal& journal, std::string file);

    /// From the start on. `where` must outlive this.
    void record_passes(control::flight_log& where) { loop_.record_passes(where); }

    /// Takes the first file, which is valid, into force.
    boost::asio::awaitable<result<void>> start(config::loaded file);

    /// Two stages within five seconds: what is being written may end, then everything is cut off. Logs what
    /// is late.
    boost::asio::awaitable<void> stop();

    [[nodiscard]] std::shared_ptr<const control::status_view> view() const override { return loop_.view(); }
    [[nodiscard]] const control::telemetry& numbers() const override { return bench_.numbers; }
    [[nodiscard]] moment now() const override { return bench_.time->now(); }
    [[nodiscard]] bool stopping() const override { return stopping_; }
    boost::asio::awaitable<result<control::history_page>> history(control::history_query wanted
    ) const override;
    boost::asio::awaitable<control::reload_outcome> reload(bool deletion_is_accepted) override;
    boost::asio::awaitable<control::hold_id> take_hold(control::hold_request request) override;
    void release(control::hold_id id) override { loop_.release(id); }
    boost::asio::awaitable<result<control::operation_outcome>> operate(control::operation_request request
    ) override;

private:
    boost::asio::awaitable<void> follow_secrets();
    void use_secrets(const control::secret_news& news);
    [[nodiscard]] config::surroundings with_known_secrets() const;
    void put_in_force(config::loaded file);
    void note_secret(const std::string& what, const std::string& path, const std::string& why);
    [[nodiscard]] std::string why_not(const model::declaration& next, bool deletion_is_accepted) const;
    void note(control::history_kind what);

    workbench& bench_;
    std::string file_;
    control::journal& journal_;
    mutable int reading_history_ = 0;
    control::reconciler loop_;
    control::config_view config_;
    secret text_in_force_; // of the file, as it was read
    control::secret_files secret_files_;
    scope children_;
    bool stopping_ = false;
};

} // namespace sluice

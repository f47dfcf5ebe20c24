#pragma once
// Kills a process of the simulation at a boundary of one of its calls: before the call is made, after it had
// its effect but before the answer, or after the answer was taken in. From then on no call of it is made or
// answered; what was on the wire still arrives.

#include "control/memory_store.hpp"
#include "control/ports.hpp"
#include "support/sim/sim_time.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace sluice::testing {

class lifeline {
public:
    lifeline(boost::asio::io_context& context, sim_time& time) : context_(context), time_(time) {}

    /// Counts anew; the process dies at that boundary, the first being 1. 0: it lives.
    void count(std::size_t dies_at);
    [[nodiscard]] std::size_t passed() const { return passed_; }
    [[nodiscard]] bool is_dead() const { return is_dead_; }
    [[nodiscard]] const std::string& died() const { return died_; } // where

    /// At the end of a test: calls go through again, so that what is left of the process can be stopped.
    void bury() { is_dead_ = false; }

    template <class T>
    boost::asio::awaitable<T> call(std::string what, boost::asio::awaitable<T> inner);

private:
    boost::asio::awaitable<void> pass(std::string where);
    void take_in(std::string where);
    void die(std::string where);

    boost::asio::io_context& context_;
    sim_time& time_;
    std::size_t passed_ = 0;
    std::size_t dies_at_ = 0;
    bool is_dead_ = false;
    std::string died_;
};

template <class T>
boost::asio::awaitable<T> lifeline::call(std::string what, boost::asio::awaitable<T> inner) {
    co_await pass("before " + what);
    auto answer = co_await std::move(inner);
    co_await pass("before the answer to " + what);
    take_in("after the answer to " + what);
    co_return answer;
}

/// A world whose every call passes the lifeline. Both must outlive it and what it hands out.
std::unique_ptr<control::adapters> make_mortal(control::adapters& world, lifeline& life);

/// A disk that outlives the process: what was saved before it died.
class surviving_store final : public control::memory_store {
public:
    surviving_store(control::records& disk, lifeline& life) : disk_(disk), life_(life) {}

    boost::asio::awaitable<result<control::records>> load() override;
    boost::asio::awaitable<result<void>> save(control::records all) override;

private:
    boost::asio::awaitable<result<control::records>> read();
    boost::asio::awaitable<result<void>> write(control::records all);

    control::records& disk_;
    lifeline& life_;
};

} // namespace sluice::testing

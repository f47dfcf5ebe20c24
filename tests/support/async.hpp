#pragma once
// Runs a coroutine of a test to its end on an io_context of its own.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>

namespace sluice::testing {

/// Fails the test when the coroutine has not ended within `limit`: a deadlock, never a slow machine.
template <class Body>
void run_async(
    boost::asio::io_context& context, Body body, std::chrono::seconds limit = std::chrono::seconds(60)
) {
    bool done = false;
    std::exception_ptr failure;
    auto on_end = [&](const std::exception_ptr& e) {
        failure = e;
        done = true;
        context.stop(); // servers of the test may still be listening
    };
    boost::asio::co_spawn(context, std::move(body), std::move(on_end));
    context.restart();
    context.run_for(limit);
    if (failure) std::rethrow_exception(failure);
    if (!done) throw std::runtime_error("the coroutine did not end");
}

template <class Body>
void run_async(Body body, std::chrono::seconds limit = std::chrono::seconds(60)) {
    boost::asio::io_context context{1};
    run_async(context, std::move(body), limit);
}

} // namespace sluice::testing

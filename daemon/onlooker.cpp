#include "onlooker.hpp"

#include "terminal.hpp"

#include <fmt/format.h>

namespace sluice {

namespace asio = boost::asio;

namespace {

control::reconcile_mode without_writes(control::reconcile_mode mode) {
    mode.may_write = false;
    return mode;
}

} // namespace

onlooker::onlooker(workbench& bench, model::declaration declared)
    : onlooker(bench, std::move(declared), control::reconcile_mode{}) {}

onlooker::onlooker(workbench& bench, model::declaration declared, control::reconcile_mode mode)
    : declared_(std::move(declared))
    , store_(bench.memory_for_reading(declared_.state_dir))
    , loop_(
          bench.context.get_executor(),
          *bench.time,
          bench.world,
          *store_,
          bench.log,
          bench.numbers,
          without_writes(std::move(mode))
      ) {
    loop_.hide(bench.secrets);
}

asio::awaitable<void> onlooker::begin() {
    const auto recalled = co_await loop_.recall();
    if (!recalled) complain(fmt::format("sluice: {}\n", recalled.error().message()));
    loop_.adopt_declaration(std::move(declared_));
}

asio::awaitable<void> onlooker::look_once(bool logins_too) {
    co_await begin();
    co_await loop_.look(logins_too);
    loop_.act();
}

} // namespace sluice

// Any bytes as an answer of Connect: a value or an error, never a crash, and no secret in either.
#include "connect/failure.hpp"
#include "connect/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace sluice;
using namespace sluice::connect;

template <class T>
void must_not_tell(const result<T>& read, const std::string& hidden) {
    if (!read && read.error().detail.find(hidden) != std::string::npos) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::string hidden = "hunter2";
    static const scrubber known = [] {
        scrubber s;
        s.learn(secret(hidden));
        return s;
    }();
    answer any{200, "application/json", "", std::string(reinterpret_cast<const char*>(data), size)};
    must_not_tell(wire::read_worker(any, known), hidden);
    must_not_tell(wire::read_plugins(any, known), hidden);
    must_not_tell(wire::read_connectors(any, known), hidden);
    must_not_tell(wire::read_status(any, known), hidden);
    must_not_tell(wire::read_config(any, known), hidden);
    must_not_tell(wire::read_tasks(any, known), hidden);
    must_not_tell(wire::read_offsets(any, known), hidden);
    must_not_tell(wire::read_validation(any, known), hidden);
    must_not_tell(wire::read_done(any, known), hidden);

    static const auto write = requests::create("x", {}, model::target_state::stopped, secrets::masked);
    for (const unsigned status : {302U, 400U, 404U, 409U, 500U, 502U}) {
        any.status = status;
        const auto why = failure_in(any, write, known);
        if (!why || why->detail.find(hidden) != std::string::npos || why->detail.size() > 4096) std::abort();
    }
    return 0;
}

#include "exit_code_of.hpp"

namespace sluice {

int exit_code_of(const error& e) {
    switch (e.code) {
    case errc::not_found:
    case errc::invalid: return wrong_usage;
    case errc::refused:
    case errc::busy:
    case errc::unauthorized: return refused_by_policy;
    case errc::unreachable:
    case errc::timeout: return service_away;
    case errc::outcome_unknown: return time_is_up;
    default: return failed;
    }
}

} // namespace sluice

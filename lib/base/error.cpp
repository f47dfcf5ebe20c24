#include "base/error.hpp"

namespace sluice {

std::string_view to_string(errc code) {
    switch (code) {
    case errc::unreachable: return "unreachable";
    case errc::timeout: return "timeout";
    case errc::outcome_unknown: return "outcome_unknown";
    case errc::cancelled: return "cancelled";
    case errc::rebalancing: return "rebalancing";
    case errc::already_exists: return "already_exists";
    case errc::wrong_state: return "wrong_state";
    case errc::forwarding_failed: return "forwarding_failed";
    case errc::not_found: return "not_found";
    case errc::refused: return "refused";
    case errc::unauthorized: return "unauthorized";
    case errc::server_error: return "server_error";
    case errc::bad_answer: return "bad_answer";
    case errc::too_large: return "too_large";
    case errc::unsupported: return "unsupported";
    case errc::invalid: return "invalid";
    case errc::io: return "io";
    case errc::busy: return "busy";
    }
    return "unknown";
}

std::string error::message() const {
    std::string text = attempted;
    if (!subject.empty()) {
        if (!text.empty()) text += ' ';
        text += subject;
    }
    if (!detail.empty()) {
        if (!text.empty()) text += ": ";
        text += detail;
    }
    return text.empty() ? std::string(to_string(code)) : text;
}

} // namespace sluice

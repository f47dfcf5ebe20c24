#include "connect/failure.hpp"

#include "base/remedy.hpp"
#include "connect/excerpt.hpp"

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace sluice::connect {

namespace json = boost::json;

namespace {

/// The `message` of Connect's error body {"error_code": 409, "message": "…"}; none when it is not that: a
/// gateway's {"message": "no Route matched"} says nothing about a connector.
std::optional<std::string> message_in(const std::string& body) {
    boost::system::error_code ec;
    const auto parsed = json::parse(body, ec);
    const auto* object = ec ? nullptr : parsed.if_object();
    const auto* message = object == nullptr ? nullptr : object->if_contains("message");
    if (object == nullptr || !object->contains("error_code")) return std::nullopt;
    if (message == nullptr || !message->is_string()) return std::nullopt;
    return std::string(message->get_string());
}

bool has_any(std::string_view text, std::span<const std::string_view> phrases) {
    return std::ranges::any_of(phrases, [&](std::string_view phrase) { return text.contains(phrase); });
}

/// "HTTP 500, text/html: Bad Gateway" for an answer that is not Connect's own.
std::string foreign(const answer& what, const scrubber& known) {
    const auto body = known.scrub(std::string_view(what.body).substr(0, trace_limit));
    const auto title = html_title(body);
    const auto text = title.empty() ? beginning(body) : title;
    const auto type = beginning(what.content_type);
    return fmt::format(
        "HTTP {}{}{}{}{}",
        what.status,
        type.empty() ? "" : ", ",
        type,
        text.empty() ? ", empty answer" : ": ",
        text
    );
}

constexpr std::string_view no_such_class = "Failed to find any class that implements Connector";

/// One HTTP answer that is not 2xx, being judged.
class refusal {
public:
    refusal(const answer& what, const request& asked, const scrubber& known)
        : status_(what.status)
        , asked_(asked)
        , message_(message_in(what.body))
        , location_(known.scrub(what.location)) {
        if (message_) message_ = known.scrub(*message_);
        text_ = message_ ? fmt::format("HTTP {}: {}", status_, *message_) : foreign(what, known);
    }

    failure judge() const {
        if (status_ < 200 || status_ > 599) return answered(errc::bad_answer, text_);
        if (status_ < 400) return redirect();
        // 500 in Connect 3, 400 in Connect 4.
        if (message_ && message_->contains(no_such_class)) return unknown_class();
        // The same, by version.
        if (message_ && message_->contains("Unrecognized field \"initial_state\""))
            return answered(
                errc::unsupported, "creating a connector paused or stopped needs Connect 3.7 or newer"
            );
        switch (status_) {
        case 400: return bad_request();
        case 401:
        case 403: return with_way_out(errc::unauthorized);
        case 404:
        case 405: return missing();
        case 408:
        case 429: return answered(errc::server_error, text_);
        case 409: return conflict();
        default: break;
        }
        return status_ < 500 ? answered(errc::refused, text_) : broken();
    }

private:
    static failure answered(errc code, std::string detail, bool another_worker_may_help = false) {
        return {code, progress::answered, std::move(detail), another_worker_may_help};
    }

    failure with_way_out(errc code) const { return answered(code, with_remedy(text_, peer::connect, code)); }

    failure redirect() const {
        const auto target =
            location_.empty() ? "elsewhere without a Location" : "to " + beginning(location_, 200);
        return answered(
            errc::bad_answer,
            fmt::format(
                "HTTP {}: redirected {}; redirects are not followed, give Connect's own URL", status_, target
            )
        );
    }

    failure bad_request() const {
        const auto needs_state = message_ && message_->contains("must be in the STOPPED state");
        auto text = text_;
        // The endless advice to look at the validate endpoint helps nobody who reads it here.
        const auto advice = text.find("\nYou can also find the above list of errors");
        if (advice != std::string::npos) text.resize(advice);
        return answered(needs_state ? errc::wrong_state : errc::refused, std::move(text));
    }

    /// Connect's own 404 names what is missing; Jersey's and a proxy's say that the call itself is unknown.
    failure missing() const {
        const bool by_connect = status_ == 404 && message_ && *message_ != "HTTP 404 Not Found";
        if (by_connect) return answered(errc::not_found, text_);
        if (!asked_.since.empty()) {
            return answered(
                errc::unsupported, fmt::format("{}; this call needs Connect {} or newer", text_, asked_.since)
            );
        }
        if (message_) return answered(errc::unsupported, text_ + "; this worker has no such call");
        return with_way_out(errc::bad_answer);
    }

    failure conflict() const {
        constexpr std::array<std::string_view, 4> passing = {
            "Cannot complete request", "rebalance", "stale configuration", "no known leader"
        };
        if (!message_) return answered(errc::server_error, text_);
        if (message_->contains("already exists")) return answered(errc::already_exists, text_);
        if (has_any(*message_, passing)) return answered(errc::rebalancing, text_);
        return answered(errc::wrong_state, text_);
    }

    failure broken() const {
        if (status_ == 503) return answered(errc::server_error, text_, true);
        if (status_ == 502 || status_ == 504) return gateway();
        if (!message_) return answered(errc::server_error, text_);
        if (message_->contains("trying to forward REST request")) return forwarding();
        // The herder may still carry a request out whose REST call it gave up.
        if (message_->contains("Request timed out")) {
            return answered(
                asked_.is_write ? errc::outcome_unknown : errc::server_error, text_, !asked_.is_write
            );
        }
        return answered(errc::server_error, text_);
    }

    /// A proxy that got no good answer from its worker: that worker may have done what it was asked.
    failure gateway() const {
        return answered(
            asked_.is_write ? errc::outcome_unknown : errc::server_error, text_, !asked_.is_write
        );
    }

    /// A worker could not reach the leader. Another may be able to, or be the leader itself.
    failure forwarding() const {
        constexpr std::array<std::string_view, 6> never_arrived = {
            "Connection refused",
            "ConnectException",
            "UnresolvedAddress",
            "UnknownHost",
            "No route to host",
            "Connect Timeout"
        };
        const bool harmless = asked_.is_idempotent() || has_any(*message_, never_arrived);
        return answered(errc::forwarding_failed, text_, harmless);
    }

    /// Connect appends every plugin it has, kilobytes of them.
    failure unknown_class() const {
        constexpr std::string_view before = "which name matches ";
        const auto start = message_->find(before);
        auto name = start == std::string::npos ? std::string() : message_->substr(start + before.size());
        name.resize(std::min(name.find(", available connectors"), name.size()));
        return answered(
            errc::refused,
            fmt::format("no plugin with the class {} is installed on this worker", beginning(name, 200))
        );
    }

    unsigned status_;
    const request& asked_;
    std::optional<std::string> message_;
    std::string location_;
    std::string text_;
};

} // namespace

std::optional<failure> failure_in(const answer& what, const request& asked, const scrubber& known) {
    if (what.status >= 200 && what.status < 300) return std::nullopt;
    auto found = refusal(what, asked, known).judge();
    found.detail = bounded(found.detail, message_limit);
    return found;
}

bool may_fail_over(const request& asked, const failure& why) {
    switch (why.reached) {
    case progress::not_sent: return true;
    case progress::sent:
    case progress::answering:
        return !asked.is_write && why.code != errc::timeout && why.code != errc::too_large;
    case progress::answered: return why.another_worker_may_help;
    }
    return false;
}

bool is_worth_a_fresh_connection(const request& asked, const failure& why) {
    if (why.code == errc::timeout) return false;
    return why.reached == progress::not_sent || (why.reached == progress::sent && asked.is_idempotent());
}

errc code_for_caller(const request& asked, const failure& why) {
    const bool cut_off = why.reached == progress::sent || why.reached == progress::answering;
    return asked.is_write && cut_off ? errc::outcome_unknown : why.code;
}

} // namespace sluice::connect

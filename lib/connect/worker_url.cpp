#include "connect/worker_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <fmt/format.h>

#include <charconv>

namespace sluice::connect {

namespace {

std::uint16_t usual_port(bool tls) {
    return tls ? 443 : 80;
}

/// 0 when it is none.
std::uint16_t port_from(std::string_view digits) {
    std::uint16_t port = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stopped, problem] = std::from_chars(digits.data(), end, port);
    return problem == std::errc() && stopped == end ? port : std::uint16_t(0);
}

std::unexpected<error> refuse(std::string_view shown, std::string detail) {
    return fail(errc::invalid, "use the Connect URL", std::string(shown), std::move(detail));
}

} // namespace

std::string worker_url::host_header() const {
    const auto name = host.contains(':') ? fmt::format("[{}]", host) : host;
    return port == usual_port(tls) ? name : fmt::format("{}:{}", name, port);
}

result<worker_url> parse_worker_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(text);
    // What cannot be read may hold a password anywhere: it is not shown.
    if (!parsed) return refuse("(unreadable)", "expected http://host:port or https://host:port");
    const auto& url = *parsed;
    if (url.has_userinfo()) {
        return refuse(
            "(hidden)", "credentials do not belong into a URL; write username and password beside it"
        );
    }
    const bool tls = url.scheme_id() == boost::urls::scheme::https;
    if (!tls && url.scheme_id() != boost::urls::scheme::http)
        return refuse(text, "expected http:// or https://");
    if (url.encoded_host().empty()) return refuse(text, "the host is missing");
    if (url.has_query() || url.has_fragment()) return refuse(text, "a query or fragment has no meaning here");
    const auto port = url.has_port() ? port_from(url.port()) : usual_port(tls);
    if (port == 0) return refuse(text, "the port must be a number from 1 to 65535");

    worker_url worker;
    worker.tls = tls;
    worker.host = url.host_address();
    worker.port = port;
    worker.prefix = std::string(url.encoded_path());
    while (worker.prefix.ends_with('/')) worker.prefix.pop_back();
    worker.text = std::string(text);
    return worker;
}

} // namespace sluice::connect

#include "kafka/connect_protocol.hpp"

#include <cstdint>
#include <optional>

namespace sluice::kafka {

namespace {

constexpr std::string_view scheme_end = "://";

// Kafka's int16, big endian.
std::optional<int> take_int16(std::string_view& from) {
    if (from.size() < 2) return std::nullopt;
    const auto high = static_cast<std::uint8_t>(from[0]);
    const auto low = static_cast<std::uint8_t>(from[1]);
    from.remove_prefix(2);
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(high << 8U | low));
}

std::optional<std::string_view> take_string(std::string_view& from) {
    const auto length = take_int16(from);
    if (!length || *length < 0 || from.size() < static_cast<std::size_t>(*length)) return std::nullopt;
    const auto text = from.substr(0, static_cast<std::size_t>(*length));
    from.remove_prefix(text.size());
    return text;
}

// "http://worker-1:8083/" is "worker-1:8083" in statuses.
std::string authority_of(std::string_view url) {
    const auto scheme = url.find(scheme_end);
    if (scheme == std::string_view::npos) return {};
    url.remove_prefix(scheme + scheme_end.size());
    return std::string(url.substr(0, url.find('/')));
}

} // namespace

// version, url, and what does not matter here: the config's offset, the present assignment.
std::string worker_in(std::string_view metadata) {
    if (!take_int16(metadata)) return {};
    const auto url = take_string(metadata);
    return url ? authority_of(*url) : std::string();
}

} // namespace sluice::kafka

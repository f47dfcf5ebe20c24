#include "control/flight_line.hpp"

#include "base/json_fields.hpp"
#include "base/packed.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <utility>

namespace sluice::control {

namespace json = boost::json;

namespace {

constexpr std::size_t worth_packing = 2048;
constexpr std::size_t largest = 1ULL << 30;

// Texts of other systems may hold bytes of any encoding; they are read back as they were.
result<json::object> read_object(std::string_view text) {
    json::parse_options any_bytes;
    any_bytes.allow_invalid_utf8 = true;
    boost::system::error_code ec;
    auto value = json::parse(text, ec, {}, any_bytes);
    if (ec || !value.is_object())
        return fail(errc::bad_answer, "read a recorded pass", {}, "it is no record");
    return std::move(value.as_object());
}

} // namespace

std::string to_flight_line(const json::object& record) {
    auto text = json::serialize(record);
    if (text.size() < worth_packing) return text + '\n';
    const json::object packed{{"flight", flight_format}, {"packed", pack(text)}};
    return json::serialize(packed) + '\n';
}

result<json::object> from_flight_line(std::string_view line) {
    auto record = read_object(line);
    if (!record) return record;
    const auto format = number_of(*record, "flight");
    if (format > flight_format)
        return fail(
            errc::unsupported,
            "read a recorded pass",
            {},
            fmt::format("its format {} is not known to this version of Sluice", format)
        );
    if (format < 1) return fail(errc::bad_answer, "read a recorded pass", {}, "it is no record");
    if (!record->contains("packed")) return record;
    const auto text = unpack(text_of(*record, "packed"), largest);
    if (!text) return std::unexpected(text.error());
    return read_object(*text);
}

} // namespace sluice::control

// What a Connect worker says of itself in its group.
#include "kafka/connect_protocol.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using sluice::kafka::worker_in;

namespace {

std::string int16(int value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string
metadata(int version, std::string_view url, std::string_view rest = std::string_view("\0\0\0\0\0\0\0\7", 8)) {
    return int16(version) + int16(static_cast<int>(url.size())) + std::string(url) + std::string(rest);
}

} // namespace

TEST_CASE("a worker is named as Connect's statuses name it, in every version of the protocol") {
    for (const int version : {0, 1, 2})
        CHECK(worker_in(metadata(version, "http://worker-1:8083/")) == "worker-1:8083");
    CHECK(worker_in(metadata(2, "https://10.0.0.7:8443/")) == "10.0.0.7:8443");
    CHECK(worker_in(metadata(2, "http://[::1]:8083/")) == "[::1]:8083");
    CHECK(worker_in(metadata(2, "http://worker-1:8083")) == "worker-1:8083");
    CHECK(worker_in(metadata(2, "http://worker-1:8083/", "")) == "worker-1:8083"); // cut after what we need
}

TEST_CASE("what Connect does not write names no worker") {
    const auto whole = metadata(2, "http://worker-1:8083/", "");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        INFO(length);
        CHECK(worker_in(std::string_view(whole).substr(0, length)).empty());
    }
    CHECK(worker_in(metadata(2, "worker-1:8083")).empty());
    CHECK(worker_in(metadata(2, "")).empty());
    CHECK(worker_in(int16(2) + int16(-1) + "http://worker-1:8083/").empty());
    CHECK(worker_in(int16(2) + int16(30'000) + "http://worker-1:8083/").empty());
}

#pragma once
// A request and its answer as plain values: what the routes see of HTTP. The server does the rest.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::http {

struct request {
    std::string method; // "GET", upper case as sent; HEAD is answered as GET, the server keeps the body back
    std::string target; // as sent: "/healthz?verbose"
    std::string host;   // the Host header; empty: there was none
};

struct response {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers; // beyond those that the server always sends
};

/// `{"error": what}` with a status.
response error_response(int status, std::string_view what);

} // namespace sluice::http

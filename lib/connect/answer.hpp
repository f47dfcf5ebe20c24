#pragma once
// What came back over HTTP, before anybody judged it. A plain value.

#include <string>

namespace sluice::connect {

struct answer {
    unsigned status = 0;
    std::string content_type; // as sent; may be empty
    std::string location;     // of a redirect
    std::string body;

    friend bool operator==(const answer&, const answer&) = default;
};

} // namespace sluice::connect

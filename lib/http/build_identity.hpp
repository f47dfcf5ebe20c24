#pragma once
// Which build this is, handed in by the daemon: shown by sluice_build_info and over the local socket.

#include <string>

namespace sluice::http {

struct build_identity {
    std::string version;    // of Sluice: "0.1.0"
    std::string revision;   // the commit
    std::string librdkafka; // the libraries' versions at run time
    std::string libpq;
};

} // namespace sluice::http

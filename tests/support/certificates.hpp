#pragma once
// Certificates for one test, made by the openssl program in a directory that goes with them.

#include <filesystem>
#include <string>

namespace sluice::testing {

struct certificate {
    std::string certificate_file;
    std::string key_file;
};

/// A certificate authority of its own.
class authority {
public:
    authority();
    ~authority();
    authority(const authority&) = delete;
    authority& operator=(const authority&) = delete;

    [[nodiscard]] std::string ca_file() const { return path("ca.pem"); }
    /// `alternative_name` as openssl writes it: "DNS:localhost", "IP:127.0.0.1".
    [[nodiscard]] certificate issue(const std::string& name, const std::string& alternative_name) const;
    /// The same key, encrypted with a pass phrase: its file.
    [[nodiscard]] std::string encrypt(const certificate& c) const;
    /// The same key in another form, as `openssl pkcs8 -topk8 -nocrypt -outform DER` makes it: its file.
    [[nodiscard]] std::string as_der(const certificate& c) const;

private:
    [[nodiscard]] std::string path(const std::string& file) const { return (directory_ / file).string(); }

    std::filesystem::path directory_;
};

} // namespace sluice::testing

#include "support/certificates.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace sluice::testing {

namespace {

constexpr std::string_view new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2";

void openssl(const std::string& arguments) {
    const auto command = fmt::format("openssl {} >/dev/null 2>&1", arguments);
    if (std::system(command.c_str()) != 0) throw std::runtime_error("this failed: " + command);
}

std::filesystem::path fresh_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "sluice-certificates-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    return pattern;
}

} // namespace

authority::authority() : directory_(fresh_directory()) {
    openssl(fmt::format(
        "req -x509 {} -subj '/CN=a test authority' -addext keyUsage=critical,keyCertSign -keyout {} -out {}",
        new_key,
        path("ca.key"),
        path("ca.pem")
    ));
}

authority::~authority() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

certificate authority::issue(const std::string& name, const std::string& alternative_name) const {
    certificate c{path(name + ".pem"), path(name + ".key")};
    openssl(fmt::format(
        "req -x509 {} -CA {} -CAkey {} -subj '/CN={}' -addext subjectAltName={} -addext "
        "basicConstraints=CA:FALSE "
        "-keyout {} -out {}",
        new_key,
        path("ca.pem"),
        path("ca.key"),
        name,
        alternative_name,
        c.key_file,
        c.certificate_file
    ));
    return c;
}

std::string authority::encrypt(const certificate& c) const {
    const auto encrypted = c.key_file + ".encrypted";
    openssl(fmt::format("pkey -in {} -aes256 -passout pass:a-pass-phrase -out {}", c.key_file, encrypted));
    return encrypted;
}

std::string authority::as_der(const certificate& c) const {
    const auto der = c.key_file + ".pk8";
    openssl(fmt::format("pkcs8 -topk8 -nocrypt -in {} -outform DER -out {}", c.key_file, der));
    return der;
}

} // namespace sluice::testing

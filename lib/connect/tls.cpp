#include "connect/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

namespace sluice::connect {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;

namespace {

failure unusable(std::string_view setting, const std::string& file, const error_code& ec) {
    auto detail = fmt::format("cannot use {} {}: {}", setting, file, ec.message());
    return {errc::invalid, progress::not_sent, std::move(detail), false};
}

failure encrypted(const std::string& file) {
    auto detail = fmt::format(
        "cannot use key_file {0}: it is encrypted with a pass phrase, and nobody is there to type it; store "
        "the key without one, readable by Sluice's user alone: openssl pkey -in {0} -out FILE",
        file
    );
    return {errc::invalid, progress::not_sent, std::move(detail), false};
}

failure distrust(std::string detail) {
    return {errc::unreachable, progress::not_sent, std::move(detail), false};
}

} // namespace

std::expected<ssl::context, failure> make_tls_context(const connection_settings& settings) {
    ssl::context context(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.set_verify_mode(ssl::verify_peer);
    error_code ec;
    if (settings.ca_file.empty())
        context.set_default_verify_paths(ec);
    else
        context.load_verify_file(settings.ca_file, ec);
    if (ec) return std::unexpected(unusable("ca_file", settings.ca_file, ec));
    if (settings.certificate_file.empty()) return context;

    // Left to itself OpenSSL asks on the terminal, and the one thread waits there for ever.
    const auto pass_phrase_wanted = std::make_shared<bool>(false);
    const auto refuse = [pass_phrase_wanted](std::size_t, ssl::context::password_purpose) {
        *pass_phrase_wanted = true;
        return std::string();
    };
    context.set_password_callback(refuse);
    context.use_certificate_chain_file(settings.certificate_file, ec);
    if (ec) return std::unexpected(unusable("certificate_file", settings.certificate_file, ec));
    const auto& key_file = settings.key_file.empty() ? settings.certificate_file : settings.key_file;
    context.use_private_key_file(key_file, ssl::context::pem, ec);
    if (ec && *pass_phrase_wanted) return std::unexpected(encrypted(key_file));
    if (ec) return std::unexpected(unusable("key_file", key_file, ec));
    return context;
}

bool expect_host(SSL* handle, const std::string& host) {
    error_code not_numeric;
    asio::ip::make_address(host, not_numeric);
    if (!not_numeric) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host.c_str()) == 1;
    SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(handle, host.c_str()) == 1 && SSL_set1_host(handle, host.c_str()) == 1;
}

failure handshake_failure(SSL* handle, const worker_url& to, const error_code& ec) {
    const auto verdict = SSL_get_verify_result(handle);
    if (verdict == X509_V_OK) {
        return distrust(fmt::format("TLS handshake failed: {}; does this port speak TLS?", ec.message()));
    }
    const std::string_view why = X509_verify_cert_error_string(verdict);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        return distrust(fmt::format("TLS: the worker's certificate is not for {} ({})", to.host, why));
    }
    return distrust(fmt::format("TLS: the worker's certificate is not trusted ({}); check ca_file", why));
}

bool is_tls_alert(const error_code& ec) {
    if (ec.category() != asio::error::get_ssl_category()) return false;
    return ERR_GET_REASON(static_cast<unsigned long>(ec.value())) > SSL_AD_REASON_OFFSET;
}

} // namespace sluice::connect

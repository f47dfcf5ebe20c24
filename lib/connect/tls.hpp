#pragma once
// What our side of a TLS connection insists on: TLS 1.2 or newer, a certificate that a known authority signed
// for the very host of the URL. Only for connection.cpp: it brings Asio's OpenSSL headers.

#include "connect/connection.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/ssl.h>

#include <expected>
#include <string>

namespace sluice::connect {

/// Reads ca_file, certificate_file and key_file. Failure: `invalid`, naming the file that cannot be used.
std::expected<boost::asio::ssl::context, failure> make_tls_context(const connection_settings& settings);

/// Asks for `host`, a name or an IP address, and verifies the certificate against it. False: not a host at
/// all.
bool expect_host(SSL* handle, const std::string& host);

/// Why a handshake failed, with the remedy where one is known.
failure handshake_failure(SSL* handle, const worker_url& to, const boost::system::error_code& ec);

/// A peer that refuses our certificate says so by an alert after a TLS 1.3 handshake: no request was read.
bool is_tls_alert(const boost::system::error_code& ec);

} // namespace sluice::connect

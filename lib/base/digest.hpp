#pragma once
// SHA-256 for fingerprints of configs, scrypt for fingerprints of secrets. OpenSSL underneath.

#include "base/secret.hpp"

#include <string>
#include <string_view>

namespace sluice {

std::string sha256_hex(std::string_view text);

/// 16 random bytes as hex.
std::string random_salt();

/// scrypt (N = 4096, r = 8, p = 1: 4 MiB for some 10 ms) of a secret as hex. Slow by intent: call it off the
/// loop.
std::string scrypt_hex(const secret& value, std::string_view salt);

} // namespace sluice

#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <span>
#include <stdexcept>
#include <string_view>

namespace sluice {

namespace {

std::string to_hex(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const auto b : bytes) {
        text += digits[b >> 4U];
        text += digits[b & 0xFU];
    }
    return text;
}

} // namespace

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned length = 0;
    if (EVP_Digest(text.data(), text.size(), out.data(), &length, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    return to_hex({out.data(), length});
}

std::string random_salt() {
    std::array<unsigned char, 16> out{};
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
    return to_hex(out);
}

std::string scrypt_hex(const secret& value, std::string_view salt) {
    constexpr std::uint64_t cost = 4096;
    constexpr std::uint64_t block_size = 8;
    constexpr std::uint64_t memory_limit = 8ULL << 20;
    std::array<unsigned char, 32> out{};
    const auto& text = value.reveal();
    const auto* salt_bytes = reinterpret_cast<const unsigned char*>(salt.data());
    if (EVP_PBE_scrypt(
            text.data(),
            text.size(),
            salt_bytes,
            salt.size(),
            cost,
            block_size,
            1,
            memory_limit,
            out.data(),
            out.size()
        ) != 1)
        throw std::runtime_error("OpenSSL cannot compute scrypt");
    return to_hex(out);
}

} // namespace sluice

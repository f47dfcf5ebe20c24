// The expected values were computed by Python's hashlib.
#include "base/digest.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace sluice;

TEST_CASE("SHA-256 gives what others give") {
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(
        sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    );
}

TEST_CASE("scrypt with N = 4096, r = 8, p = 1 gives what others give") {
    const auto hashed = [](const char* value, const std::string& salt) {
        return scrypt_hex(secret(value), salt);
    };
    CHECK(hashed("", "") == "6c82acb49f03905e4b4399c684e51b0f1b1753d5caf47597f85f4d22cad45241");
    CHECK(
        hashed("cdc-password", "0123456789abcdef0123456789abcdef") ==
        "e346f84b08aba56bc7bb328caab376f2164f4aabcd637f8ef7118d8fa1972e9a"
    );
    CHECK(
        hashed("p\xC3\xA4ssword", "salt") ==
        "c4ae7af8ef612821399d765e89e1df514f7318c1c568c11cd980cf43002abbc7"
    );
    CHECK(
        hashed("a", std::string(16, 'x')) ==
        "92b2d16d6967a08302f7a3a2aa4958aea668b852cf01fd1f65422735007f1655"
    );
}

TEST_CASE("a salt is 16 bytes as hex, and never the same") {
    std::set<std::string> salts;
    for (int i = 0; i < 100; ++i) salts.insert(random_salt());
    CHECK(salts.size() == 100);
    for (const auto& salt : salts) {
        CHECK(salt.size() == 32);
        CHECK(salt.find_first_not_of("0123456789abcdef") == std::string::npos);
    }
}

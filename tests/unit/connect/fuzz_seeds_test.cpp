// The fuzzer's seeds, replayed with the compiler that builds the product.
#include "fuzz/fuzz_connect_json.cpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

TEST_CASE("every seed of the fuzzer is read or refused") {
    int seeds = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(SLUICE_SOURCE_DIR "/tests/fuzz/corpus/connect_json")) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(in), {});
        CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
        ++seeds;
    }
    CHECK(seeds > 0);
}

// Any bytes as a configuration file: a declaration or errors, never both, never neither, never a crash.
#include "../support/config_files.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice;
    static const auto around = testing::usual_surroundings();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto result = config::parse("fuzz.yaml", text, around);
    constexpr std::string_view secret_part = "hunter2"; // of the surroundings' secrets
    const bool is_in_file = text.find(secret_part) != std::string_view::npos;
    bool has_error = false;
    for (const auto& d : result.diagnostics) {
        has_error = has_error || d.level == config::diagnostic::kind::error;
        const bool tells = config::render(d).find(secret_part) != std::string::npos;
        if (tells && !is_in_file) std::abort();
    }
    if (has_error == result.declared.has_value()) std::abort();
    return 0;
}

#include "daemon/right_to_write.hpp"

#include <catch2/catch.hpp>

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>

using namespace sluice;

namespace {

/// $USER as a test wants it; afterwards as it was.
class user_variable {
public:
    user_variable() {
        if (const char* value = std::getenv("USER"); value != nullptr) before_ = value;
    }
    ~user_variable() {
        if (before_)
            ::setenv("USER", before_->c_str(), 1);
        else
            ::unsetenv("USER");
    }
    user_variable(const user_variable&) = delete;
    user_variable& operator=(const user_variable&) = delete;

private:
    std::optional<std::string> before_;
};

} // namespace

TEST_CASE("who acts is told by name, also where the environment does not have it") {
    const user_variable kept;
    ::setenv("USER", "anna", 1);
    CHECK(user_name() == "anna");
    ::unsetenv("USER");
    const auto* entry = ::getpwuid(::geteuid());
    CHECK(user_name() == (entry != nullptr ? std::string(entry->pw_name) : std::to_string(::geteuid())));
    ::setenv("USER", "", 1);
    CHECK(user_name() != "");
    CHECK(by_user("apply") == "apply by " + user_name());
}

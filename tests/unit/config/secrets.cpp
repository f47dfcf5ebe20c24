// Where secrets come from, and that no message shows one.
#include "base/sensitive.hpp"
#include "config/source_text.hpp"
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace {

using namespace sluice;
using namespace sluice::testing;

class own_folder {
public:
    own_folder() {
        std::string pattern = std::filesystem::temp_directory_path() / "sluice-config-XXXXXX";
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    own_folder(const own_folder&) = delete;
    own_folder& operator=(const own_folder&) = delete;
    ~own_folder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

    void write(const std::string& name, std::string_view content, mode_t mode) const {
        std::ofstream(path_ / name, std::ios::binary) << content;
        REQUIRE(::chmod(file(name).c_str(), mode) == 0);
    }

    /// small_file beside them, with this as the source's password.
    [[nodiscard]] config::loaded parse_with_password(std::string_view password) const {
        const auto text = replaced(small_file, "!env SOURCE_DB_PASSWORD", password);
        return config::parse(file("pipeline.yaml"), text, usual_surroundings());
    }

private:
    std::filesystem::path path_;
};

model::config_value password_of(const config::loaded& result) {
    REQUIRE(result.declared);
    return result.declared->pipelines.at(0).source.db.password;
}

std::string shown(std::string_view text, int line, int column) {
    return config::source_text(text).excerpt({line, column}, config::source_text::extent::line);
}

} // namespace

TEST_CASE("!file reads a secret from beside the file, without its last newline") {
    const own_folder folder;
    folder.write("password", "hunter2 \n\n", 0600);
    const auto result = folder.parse_with_password("!file password");
    CHECK(result.diagnostics.empty());
    CHECK((password_of(result) == model::config_value(secret("hunter2 \n"))));
    CHECK(std::ranges::count(result.secrets, secret("hunter2 \n")) == 1);
}

TEST_CASE("a secret's file that others can read is a warning") {
    const own_folder folder;
    folder.write("password", "hunter2", 0640);
    const auto result = folder.parse_with_password("!file password");
    CHECK(result.declared);
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics.at(0).level == config::diagnostic::kind::warning);
    CHECK(
        result.diagnostics.at(0).message ==
        "the file `" + folder.file("password") + "` can be read by others; `chmod 600` it"
    );
}

TEST_CASE("a secret's file that is missing, empty, huge, binary or a folder is an error") {
    const own_folder folder;
    folder.write("empty", "\n", 0600);
    folder.write("huge", std::string(70'000, 'x'), 0600);
    folder.write("binary", std::string_view("a\0b", 3), 0600);
    folder.write("latin", "caf\xE9", 0600);
    std::filesystem::create_directory(folder.file("folder"));
    const std::string name = GENERATE("missing", "empty", "huge", "binary", "latin", "folder");
    INFO(name);
    const auto result = folder.parse_with_password("!file " + name);
    CHECK_FALSE(result.declared);
    CHECK(result.diagnostics.size() == 1);
}

TEST_CASE("a literal password works, is a secret, and is warned of without being shown") {
    const auto result = parsed(replaced(small_file, "!env SOURCE_DB_PASSWORD", "hunter2"));
    CHECK((password_of(result) == model::config_value(secret("hunter2"))));
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(
        config::render(result.diagnostics.at(0)) == "test.yaml:12:17: warning: `password` is written out in "
                                                    "the file; `!env NAME` or `!file PATH` keeps it elsewhere"
    );
}

TEST_CASE("a number is a password like any other") {
    CHECK(
        (password_of(parsed(replaced(small_file, "!env SOURCE_DB_PASSWORD", "0123"))) ==
         model::config_value(secret("0123")))
    );
}

TEST_CASE("a reference to a provider of Connect stays plain text") {
    const auto result = parsed(replaced(small_file, "!env SOURCE_DB_PASSWORD", "${file:/run/secrets:db}"));
    CHECK(result.diagnostics.empty());
    CHECK((password_of(result) == model::config_value("${file:/run/secrets:db}")));
}

TEST_CASE("Connect cannot resolve the password that is needed to ask it") {
    const auto result =
        parsed(replaced(small_file, "  urls", "  username: u\n  password: ${file:a:b}\n  urls"));
    CHECK_FALSE(result.declared);
}

TEST_CASE("in properties, what comes from elsewhere or has a secret's name is a secret") {
    const auto result = parsed(with_in_source(
        "config: {a: !env WORD, database.sslpassword: hunter2, ssl.key.password: '${file:a:b}', plain: text}"
    ));
    REQUIRE(result.declared);
    const model::config_map expected{
        {"a", secret("word")},
        {"database.sslpassword", secret("hunter2")},
        {"ssl.key.password", "${file:a:b}"},
        {"plain", "text"},
    };
    CHECK((result.declared->pipelines.at(0).source.config == expected));
    CHECK(result.diagnostics.size() == 1);
    CHECK(std::ranges::count(result.secrets, secret("hunter2")) == 1);
    CHECK(std::ranges::count(result.secrets, secret("word")) == 1);
}

TEST_CASE("a password that only looks a little like a reference is a secret") {
    const auto result =
        parsed(with_in_source("config: {database.sslpassword: 'a${b}c', ssl.password: 'a${b:c'}"));
    REQUIRE(result.declared);
    for (const auto& [key, value] : result.declared->pipelines.at(0).source.config) {
        INFO(key);
        CHECK(model::is_secret(value));
    }
}

TEST_CASE("secrets are known even of a file that is refused") {
    const auto result = parsed(replaced(small_file, "host: localhost", "host: ''"));
    CHECK_FALSE(result.declared);
    CHECK(std::ranges::count(result.secrets, secret("source-hunter2")) == 1);
}

TEST_CASE("names of properties that hold secrets are recognised") {
    for (const auto* key :
         {"database.password",
          "sasl.jaas.config",
          "ssl.key.pem",
          "aws.secret.access.key",
          "basic.auth.user.info",
          "API_KEY",
          "token"})
        CHECK(is_sensitive_key(key));
    for (const auto* key :
         {"key.converter", "tasks.max", "primary.key.mode", "message.key.columns", "record_key"})
        CHECK_FALSE(is_sensitive_key(key));
}

TEST_CASE("a line that could hold a secret is not shown") {
    CHECK(shown("password: hunter2", 1, 1).empty());
    CHECK(shown("user: me", 1, 1) == "user: me");
    CHECK(shown("{user: me, password: hunter2}", 1, 2).empty());
    CHECK(shown("url: http://me:hunter2@host", 1, 1).empty());
    CHECK(shown("password: |\n  hunter2\n  more", 3, 3).empty());
    CHECK(shown("password: >\n\n  hunter2\nuser: me", 4, 1) == "user: me");
    CHECK(shown("secrets:\n- hunter2", 2, 3).empty());
    CHECK(shown("password: \"hun\nter2: x\"\nuser: me", 2, 1).empty());
    CHECK(shown("# don't write a password here\nuser: me", 2, 1) == "user: me");
    CHECK(shown("password: !env NAME\n  hunter2", 2, 3).empty());
    CHECK(shown("{password: 'hun\nter2', user: me\nx: y", 2, 1).empty());
}

TEST_CASE("a line that names a secret may be shown, up to its remark") {
    CHECK(shown("  password: !env NAME", 1, 13) == "  password: !env NAME");
    CHECK(shown("  password: !file /run/x   # was hunter2", 1, 13) == "  password: !file /run/x");
    CHECK(shown("  password: !env hunter 2", 1, 13).empty());
    CHECK(shown("{password: !env A, other_password: hunter2}", 1, 2).empty());
}

TEST_CASE("behind a misspelt key nothing is shown") {
    const config::source_text text("  pasword: hunter2");
    CHECK(text.excerpt({1, 3}, config::source_text::extent::up_to_key_end) == "  pasword");
}

TEST_CASE("a very long line is not shown") {
    CHECK(shown(std::string(300, 'x'), 1, 1).empty());
}

TEST_CASE("the files that !file names are told, with what was used of them, and so is the text") {
    const own_folder folder;
    folder.write("password", "hunter2\n", 0600);
    const auto result = folder.parse_with_password("!file password");
    REQUIRE(result.secret_files.size() == 1);
    CHECK((result.secret_files.at(folder.file("password")) == secret("hunter2")));
    CHECK(result.text.reveal() == replaced(small_file, "!env SOURCE_DB_PASSWORD", "!file password"));
}

TEST_CASE("of a file whose content is known, that content is used, whatever stands in it now") {
    const own_folder folder;
    folder.write("password", "", 0600);
    folder.write("other", "from the disk", 0600);
    auto around = usual_surroundings();
    around.known_secret_file = [&](const std::string& path) -> std::optional<std::string> {
        if (path != folder.file("password")) return std::nullopt;
        return "hunter2";
    };
    const auto with = [&](std::string_view password) {
        const auto text = replaced(small_file, "!env SOURCE_DB_PASSWORD", password);
        return config::parse(folder.file("pipeline.yaml"), text, around);
    };
    CHECK((password_of(with("!file password")) == model::config_value(secret("hunter2"))));
    CHECK((password_of(with("!file other")) == model::config_value(secret("from the disk"))));
}

// What must be remembered, in a file that a crash does not tear.
#include "control/memory_store.hpp"
#include "support/async.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;
using Catch::Contains;
using control::records;
namespace fs = std::filesystem;

namespace {

struct folder_store {
    temporary_folder folder;
    std::string directory = folder.file("state");
    std::string path = directory + "/memory.json";

    folder_store() { fs::create_directory(directory); }

    result<records> load() {
        result<records> loaded;
        use([&](control::memory_store& store) -> awaitable<void> { loaded = co_await store.load(); });
        return loaded;
    }

    result<void> save(const records& all) {
        result<void> saved;
        use([&](control::memory_store& store) -> awaitable<void> { saved = co_await store.save(all); });
        return saved;
    }

    template <class Body>
    void use(Body body) const {
        boost::asio::io_context context{1};
        blocking_lane lane("memory"); // its thread ends before the context that it answers to
        const auto store = control::make_file_memory_store(lane, directory);
        auto whole = [&]() -> awaitable<void> { co_await body(*store); };
        run_async(context, whole);
    }

    void write(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }
    [[nodiscard]] std::string text() const {
        std::ostringstream all;
        all << std::ifstream(path, std::ios::binary).rdbuf();
        return all.str();
    }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(directory), fs::directory_iterator())
        );
    }
};

/// While this lives no file of this process grows beyond so many bytes: as on a full disk, a write fails half
/// way.
class small_files {
public:
    explicit small_files(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit small{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
        signal_ = ::signal(SIGXFSZ, SIG_IGN);
    }
    ~small_files() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, signal_);
    }
    small_files(const small_files&) = delete;
    small_files& operator=(const small_files&) = delete;

private:
    rlimit before_{};
    void (*signal_)(int) = SIG_DFL;
};

const records some{
    {"connector/shop-source", R"({"owned":true})"}, {"pipeline/shop", "Zürich\n\"quoted\""}, {"", ""}
};

} // namespace

TEST_CASE("a store without a file is empty, and looking makes none") {
    folder_store s;
    const auto loaded = s.load();
    REQUIRE(loaded);
    CHECK(loaded->empty());
    CHECK(s.files() == 0);
}

TEST_CASE("what was saved is loaded, by another process too, and only its owner can read the file") {
    folder_store s;
    REQUIRE(s.save(some));
    CHECK(s.load() == some);
    struct stat facts{};
    REQUIRE(::stat(s.path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("saving replaces everything at once, and leaves nothing beside") {
    folder_store s;
    REQUIRE(s.save(some));
    const records less{{"pipeline/shop", "x"}};
    REQUIRE(s.save(less));
    CHECK(s.load() == less);
    CHECK(s.files() == 1);
    REQUIRE(s.save({}));
    CHECK(s.load() == records{});
}

TEST_CASE("a crash in the middle of saving leaves the old content, and the next saving does not mind") {
    folder_store s;
    REQUIRE(s.save(some));
    std::ofstream(s.path + ".new") << s.text().substr(0, s.text().size() / 2) << std::string(100'000, 'x');
    CHECK(s.load() == some);
    const records next{{"a", "b"}};
    REQUIRE(s.save(next));
    CHECK(s.load() == next);
    CHECK(s.files() == 1);
}

TEST_CASE("a file that is torn, or not ours, is refused with the way out, and kept") {
    folder_store s;
    REQUIRE(s.save(some));
    const auto whole = s.text();
    for (const std::string& text :
         {std::string(),
          whole.substr(0, whole.size() / 2),
          whole.substr(1),
          whole + "}",
          std::string("[]"),
          std::string("{}"),
          std::string(R"({"records": []})"),
          std::string(R"({"records": {}})"),
          std::string(R"({"format": "another-1", "records": {}})"),
          std::string(R"({"format": 1, "records": {}})"),
          std::string(R"({"format": "sluice-memory-1"})"),
          std::string("\0\0\0\0", 4),
          std::string("\xff\xfe")}) {
        INFO(text);
        s.write(text);
        const auto loaded = s.load();
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().code == errc::bad_answer);
        CHECK(loaded.error().subject == s.path);
        CHECK_THAT(loaded.error().detail, Contains("move it away"));
        CHECK(s.text() == text);
    }
}

TEST_CASE("a file that a newer Sluice wrote is refused by its format, with the way out, and kept") {
    folder_store s;
    const std::string newer = R"({"format": "sluice-memory-2", "records": {"a": "b"}})";
    s.write(newer);
    const auto loaded = s.load();
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == errc::bad_answer);
    CHECK(loaded.error().subject == s.path);
    CHECK_THAT(
        loaded.error().detail, Contains("sluice-memory-2") && Contains("version") && Contains("move it away")
    );
    CHECK(s.text() == newer);
}

TEST_CASE("a directory that is not there, or in whose place a file is, is told by its name") {
    folder_store s;
    s.directory = s.folder.file("nowhere");
    auto saved = s.save(some);
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == errc::io);
    CHECK_THAT(saved.error().message(), Contains("nowhere") && Contains("No such file or directory"));
    CHECK(s.load() == records{});
    std::ofstream(s.directory) << "a file";
    saved = s.save(some);
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == errc::io);
    REQUIRE_FALSE(s.load());
    CHECK(s.load().error().code == errc::io);
}

TEST_CASE("a directory that must not be written is told, and the old content stays") {
    if (::geteuid() == 0) return; // nothing is forbidden to root
    folder_store s;
    REQUIRE(s.save(some));
    fs::permissions(s.directory, fs::perms::owner_read | fs::perms::owner_exec);
    const auto saved = s.save({});
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == errc::io);
    CHECK_THAT(saved.error().message(), Contains(s.path) && Contains("Permission denied"));
    CHECK(s.load() == some);
    fs::permissions(s.directory, fs::perms::owner_all);
}

TEST_CASE("a file that cannot be written where the new one would be is told, and the old content stays") {
    folder_store s;
    REQUIRE(s.save(some));
    fs::create_directory(s.path + ".new");
    const auto saved = s.save({});
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == errc::io);
    CHECK(s.load() == some);
}

TEST_CASE("a saving that fails leaves nothing beside, and the old content") {
    folder_store s;
    REQUIRE(s.save(some));
    {
        const small_files limit(1000);
        const records large{{"a", std::string(100'000, 'x')}};
        const auto saved = s.save(large);
        REQUIRE_FALSE(saved);
        CHECK(saved.error().code == errc::io);
        CHECK_THAT(saved.error().message(), Contains("File too large"));
    }
    CHECK(s.files() == 1);
    CHECK(s.load() == some);

    fs::remove(s.path);
    fs::create_directory(s.path); // cannot be replaced by a file
    const auto saved = s.save(some);
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == errc::io);
    CHECK_THAT(saved.error().message(), Contains("replace") && Contains("Is a directory"));
    CHECK(s.files() == 1);
}

TEST_CASE("a store that forgets keeps what it was given, for as long as it lives") {
    control::forgetful_store store(some);
    auto body = [&]() -> awaitable<void> {
        const auto known = co_await store.load();
        CHECK(known == some);
        records nothing;
        const auto saved = co_await store.save(std::move(nothing));
        CHECK(saved.has_value());
        const auto forgotten = co_await store.load();
        CHECK(forgotten->empty());
    };
    run_async(body);
}

TEST_CASE("what root writes into another user's directory is that user's") {
    if (::geteuid() != 0) return; // nobody else can give files away
    constexpr uid_t another = 12345;
    folder_store store;
    REQUIRE(::chown(store.directory.c_str(), another, another) == 0);
    REQUIRE(store.save({{"a", "1"}}));
    struct stat facts{};
    REQUIRE(::stat(store.path.c_str(), &facts) == 0);
    CHECK(facts.st_uid == another);
    CHECK(facts.st_gid == another);
    CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("a link where memory is written beside leads nowhere else") {
    folder_store store;
    const auto elsewhere = store.folder.file("elsewhere");
    std::ofstream(elsewhere) << "somebody's";
    fs::create_symlink(elsewhere, store.path + ".new");
    REQUIRE(store.save({{"a", "1"}}));
    CHECK(store.load() == records{{"a", "1"}});
    std::string kept;
    std::ifstream(elsewhere) >> kept;
    CHECK(kept == "somebody's");
}

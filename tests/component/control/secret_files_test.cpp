// Secrets in real files, replaced in the ways in which people and machines replace them.
#include "base/scope.hpp"
#include "control/secret_files.hpp"
#include "support/async.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace sluice;
using boost::asio::awaitable;
using Catch::Contains;
using control::secret_files;
using control::secret_news;
namespace fs = std::filesystem;

namespace {

constexpr auto soon = seconds(20); // never reached by a test that passes

/// One file `password` that holds "old", watched. Without `listens` the system tells nothing.
class fixture {
public:
    explicit fixture(bool listens = true, milliseconds look_every = seconds(60))
        : files(context.get_executor(), *time, disk, {milliseconds(30), look_every, seconds(60)})
        , listens_(listens) {
        write("password", "old\n");
        files.follow({{path(), secret("older")}});
    }

    [[nodiscard]] std::string path(const std::string& name = "password") const { return folder.file(name); }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary | std::ios::trunc) << content;
    }

    template <class Body>
    void run(Body body) {
        auto whole = [&]() -> awaitable<void> {
            scope children(context.get_executor(), *time, [](const std::string&, const std::string&) {});
            if (listens_) children.spawn("listen", files.listen());
            std::exception_ptr failure;
            try {
                // From the first look on, only what the system tells, or the next look, shows a change.
                const auto first = co_await files.next();
                CHECK(first.changed.size() == files.good().size());
                co_await body();
            } catch (...) {
                failure = std::current_exception();
            }
            children.cancel();
            co_await children.join(soon);
            if (failure) std::rethrow_exception(failure);
        };
        testing::run_async(context, whole);
    }

    /// The next news, after something was done to the files.
    template <class Action>
    awaitable<secret_news> after(Action what) {
        what();
        co_return co_await files.next();
    }

    testing::temporary_folder folder;
    boost::asio::io_context context{1};
    std::unique_ptr<time_source> time = make_system_time(context.get_executor());
    blocking_lane disk{"disk"};
    secret_files files;

private:
    bool listens_;
};

} // namespace

TEST_CASE("a secret that is written anew is noticed") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto rewrite = [&] { f.write("password", "new\n"); };
        const auto news = co_await f.after(rewrite);
        CHECK(news.changed == std::set<std::string>{f.path()});
        CHECK((news.good.at(f.path()) == secret("new")));
        CHECK(news.problems.empty());
    });
}

TEST_CASE("a secret that is replaced by a rename is noticed") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto replace = [&] {
            f.write("password.new", "new");
            fs::rename(f.path("password.new"), f.path());
        };
        const auto news = co_await f.after(replace);
        CHECK((news.good.at(f.path()) == secret("new")));
    });
}

TEST_CASE("a link that is swapped, as Kubernetes does it, is noticed") {
    fixture f;
    fs::remove(f.path());
    fs::create_directory(f.path("one"));
    fs::create_directory(f.path("two"));
    f.write("one/password", "old");
    f.write("two/password", "new");
    fs::create_directory_symlink("one", f.path("..data"));
    fs::create_symlink("..data/password", f.path());
    f.run([&]() -> awaitable<void> {
        const auto swap = [&] {
            fs::create_directory_symlink("two", f.path("..data_tmp"));
            fs::rename(f.path("..data_tmp"), f.path("..data"));
        };
        const auto news = co_await f.after(swap);
        CHECK((news.good.at(f.path()) == secret("new")));
    });
}

TEST_CASE("a change in the folder that a link leads to is noticed") {
    fixture f;
    fs::remove(f.path());
    fs::create_directory(f.path("elsewhere"));
    f.write("elsewhere/password", "old");
    fs::create_symlink("elsewhere/password", f.path());
    f.run([&]() -> awaitable<void> {
        const auto rewrite = [&] { f.write("elsewhere/password", "new"); };
        const auto news = co_await f.after(rewrite);
        CHECK((news.good.at(f.path()) == secret("new")));
    });
}

TEST_CASE("where the system tells nothing, a look from time to time finds the change") {
    fixture f(false, milliseconds(50));
    f.run([&]() -> awaitable<void> {
        const auto rewrite = [&] { f.write("password", "new"); };
        const auto news = co_await f.after(rewrite);
        CHECK((news.good.at(f.path()) == secret("new")));
    });
}

TEST_CASE(
    "a file that is emptied, taken away or filled with rubbish keeps its last good content, and that is told"
) {
    fixture f;
    const auto [damage, told] = GENERATE(table<std::string, std::string>(
        {{"empty", "is empty"},
         {"gone", "cannot read"},
         {"binary", "is not UTF-8 text"},
         {"folder", "not a regular"}}
    ));
    const auto what = damage;
    const auto sentence = told;
    f.run([&]() -> awaitable<void> {
        const auto spoil = [&] {
            if (what == "empty") f.write("password", "\n");
            if (what == "gone" || what == "folder") fs::remove(f.path());
            if (what == "folder") fs::create_directory(f.path());
            if (what == "binary") f.write("password", std::string("a\0b", 3));
        };
        const auto news = co_await f.after(spoil);
        CHECK(news.changed.empty());
        CHECK((news.good.at(f.path()) == secret("old")));
        REQUIRE(news.problems.size() == 1);
        CHECK_THAT(news.problems.front(), Contains(sentence) && Contains("last good content stays in force"));
        const auto mend = [&] {
            fs::remove_all(f.path());
            f.write("password", "new");
        };
        const auto mended = co_await f.after(mend);
        CHECK(mended.problems.empty());
        CHECK((mended.good.at(f.path()) == secret("new")));
    });
}

TEST_CASE("a file that is half written is not used until its writer has closed it") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        int file = -1;
        const auto begin = [&] {
            file = ::open(f.path().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
            REQUIRE(::write(file, "half", 4) == 4);
        };
        scope children(f.context.get_executor(), *f.time, [](const std::string&, const std::string&) {});
        auto finish = [&]() -> awaitable<void> {
            co_await f.time->sleep(milliseconds(400)); // many looks later
            REQUIRE(::write(file, " and half", 9) == 9);
            ::close(file);
        };
        begin();
        children.spawn("finish", finish());
        const auto news = co_await f.files.next();
        CHECK((news.good.at(f.path()) == secret("half and half")));
        co_await children.join(soon);
    });
}

TEST_CASE("only the files that are in force are looked at") {
    fixture f;
    f.write("token", "one");
    f.files.follow({{f.path("token"), secret("none")}});
    f.run([&]() -> awaitable<void> {
        const auto change_both = [&] {
            f.write("password", "new");
            f.write("token", "two");
        };
        const auto news = co_await f.after(change_both);
        CHECK(news.changed == std::set<std::string>{f.path("token")});
        CHECK(news.good.size() == 1);
    });
}

TEST_CASE("two secrets, of which one is broken: the other is used all the same") {
    fixture f;
    f.write("token", "one");
    f.files.follow({{f.path(), secret("older")}, {f.path("token"), secret("none")}});
    f.run([&]() -> awaitable<void> {
        const auto change_both = [&] {
            f.write("password", "");
            f.write("token", "two");
        };
        const auto news = co_await f.after(change_both);
        CHECK(news.changed == std::set<std::string>{f.path("token")});
        CHECK((news.good.at(f.path()) == secret("old")));
        CHECK(news.problems.size() == 1);
    });
}

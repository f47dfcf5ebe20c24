// Lines that survive a kill, are moved aside when there are many, and are read while that happens.
#include "control/rotating_file.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using control::rotating_file;
using control::rotation;
namespace fs = std::filesystem;

namespace {

constexpr rotation small{"notes", 100, 3};

std::string content(const std::string& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

/// Oldest first.
std::vector<std::string> lines(const rotating_file& file) {
    std::vector<std::string> all;
    const auto read = file.each_backwards([&](std::string_view line) {
        all.emplace_back(line);
        return true;
    });
    REQUIRE(read);
    std::ranges::reverse(all);
    return all;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("a file that is not there holds no line, and only its owner may read the one that is made") {
    const temporary_folder folder;
    const rotating_file file(folder.file(""), small);
    CHECK(lines(file).empty());
    REQUIRE(file.append("one\ntwo\n"));
    CHECK(lines(file) == texts{"one", "two"});
    struct stat facts{};
    REQUIRE(::stat(file.path().c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("a full file is moved aside, the oldest one is thrown away, and no line is cut in two") {
    const temporary_folder folder;
    const rotating_file file(folder.file(""), small);
    texts all;
    for (int i = 0; i < 50; ++i) {
        all.push_back(std::string(39, 'x') + std::to_string(i));
        REQUIRE(file.append(all.back() + '\n'));
    }
    CHECK(fs::file_size(file.path(0)) <= 100);
    CHECK(fs::exists(file.path(2)));
    CHECK_FALSE(fs::exists(file.path(3)));
    CHECK(lines(file) == texts(all.end() - 6, all.end())); // two a file
}

TEST_CASE("lines larger than a file are kept all the same, in one of their own") {
    const temporary_folder folder;
    const rotating_file file(folder.file(""), small);
    REQUIRE(file.append("small\n"));
    REQUIRE(file.append(std::string(300, 'x') + '\n'));
    REQUIRE(file.append("after\n"));
    CHECK(lines(file) == texts{"small", std::string(300, 'x'), "after"});
}

TEST_CASE("a new file can be asked for whatever room there is") {
    const temporary_folder folder;
    const rotating_file file(folder.file(""), small);
    REQUIRE(file.append("one\n", rotating_file::place::in_new_file));
    CHECK_FALSE(fs::exists(file.path(1)));
    REQUIRE(file.append("two\n", rotating_file::place::in_new_file));
    CHECK(content(file.path(0)) == "two\n");
    CHECK(content(file.path(1)) == "one\n");
}

TEST_CASE(
    "a last line that was cut short, at any byte, is never read, and the next write drops it and no more"
) {
    const std::string before = "first\nsecond\n";
    const std::string torn = R"({"at":"2026-11-23","why":"torn"})";
    for (std::size_t size = 0; size <= torn.size(); ++size) {
        const temporary_folder folder;
        const rotating_file file(folder.file(""), small);
        std::ofstream(file.path(), std::ios::binary) << before << torn.substr(0, size);
        CHECK(lines(file) == texts{"first", "second"});
        REQUIRE(file.append("third\n"));
        CHECK(content(file.path()) == before + "third\n");
    }
}

TEST_CASE("a file that is nothing but one torn line, longer than any buffer, is begun anew") {
    const temporary_folder folder;
    const rotating_file file(folder.file(""), rotation{"notes", 1 << 20, 3});
    std::ofstream(file.path(), std::ios::binary) << std::string(50'000, 'x');
    CHECK(lines(file).empty());
    REQUIRE(file.append("one\n"));
    CHECK(content(file.path()) == "one\n");
}

TEST_CASE("reading stops where the reader has enough") {
    const temporary_folder folder;
    const rotating_file file(folder.file(""), small);
    REQUIRE(file.append("one\ntwo\nthree\n"));
    texts seen;
    const auto two = [&](std::string_view line) {
        seen.emplace_back(line);
        return seen.size() < 2;
    };
    REQUIRE(file.each_backwards(two));
    CHECK(seen == texts{"three", "two"});
}

TEST_CASE("a folder that is not there, or a link in the file's place, is told and written through by nobody"
) {
    const temporary_folder folder;
    const rotating_file nowhere(folder.file("nowhere"), small);
    const auto written = nowhere.append("one\n");
    REQUIRE_FALSE(written);
    CHECK(written.error().code == errc::io);
    CHECK_THAT(written.error().message(), Catch::Contains("nowhere"));
    CHECK(lines(nowhere).empty());

    const rotating_file linked(folder.file(""), small);
    std::ofstream(folder.file("target")) << "theirs\n";
    fs::create_symlink(folder.file("target"), linked.path());
    CHECK_FALSE(linked.append("one\n"));
    CHECK(content(folder.file("target")) == "theirs\n");
}

TEST_CASE("a disk that is full leaves whole lines, and takes the next when there is room") {
    const temporary_folder folder;
    const rotating_file file(folder.file(""), rotation{"notes", 1 << 20, 3});
    REQUIRE(file.append("one\n"));
    // A limit on the size of files stands for the full disk: a child has it, so that the test has not.
    const auto child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit most{10, 10};
        ::setrlimit(RLIMIT_FSIZE, &most);
        ::_exit(file.append("two and more than fits\n") ? 1 : 0);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(content(file.path()) == "one\n");
    REQUIRE(file.append("three\n"));
    CHECK(lines(file) == texts{"one", "three"});
}

TEST_CASE("two processes that write and move aside at once lose no line, and tear none") {
    const temporary_folder folder;
    const rotating_file file(folder.file(""), rotation{"notes", 4000, 100});
    constexpr int each = 2000;
    const auto write = [&](const std::string& who) {
        bool all = true;
        for (int i = 0; i < each; ++i) all = all && file.append(who + std::to_string(i) + '\n').has_value();
        return all;
    };
    const auto child = ::fork();
    if (child == 0) ::_exit(write("b") ? 0 : 1);
    CHECK(write("a"));
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
    texts ours;
    texts theirs;
    for (const auto& line : lines(file)) (line.front() == 'a' ? ours : theirs).push_back(line);
    texts expected_ours;
    texts expected_theirs;
    for (int i = 0; i < each; ++i) {
        expected_ours.push_back("a" + std::to_string(i));
        expected_theirs.push_back("b" + std::to_string(i));
    }
    CHECK(ours == expected_ours);
    CHECK(theirs == expected_theirs);
}

TEST_CASE("a reader sees an unbroken row of lines while the files are moved aside under it") {
    const temporary_folder folder;
    const rotating_file file(folder.file(""), rotation{"notes", 1000, 50});
    std::atomic<bool> done = false;
    std::thread writer([&] {
        for (int i = 0; i < 3000; ++i) (void)file.append(std::to_string(i) + '\n');
        done = true;
    });
    bool unbroken = true;
    while (!done) {
        int last = -1;
        (void)file.each_backwards([&](std::string_view line) {
            const int number = std::stoi(std::string(line));
            unbroken = unbroken && (last == -1 || number == last - 1);
            last = number;
            return true;
        });
    }
    writer.join();
    CHECK(unbroken);
    CHECK(lines(file).size() == 3000);
}

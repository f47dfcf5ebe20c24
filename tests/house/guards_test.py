"""The guards guard: each finds what it is for, and leaves alone what only looks like it."""

import pathlib
import tempfile
import unittest

import co_await
import includes
import links
import sleeps
import words

BREAKS_GCC = {
    "braces as an argument": 'co_await f({"a", "b"});',
    "an option struct": 'co_await client.get("/", {.timeout = seconds(1)});',
    "a typed braced value": "auto x = co_await f(options{std::string(s)});",
    "a method of a temporary": "co_return co_await client{executor}.get(path);",
    "a lambda as an argument": "co_await wait_until([&] { return done; });",
    "a lambda without capture": "co_await f([](int x) { return x + 1; });",
    "a lambda to co_spawn": "co_spawn(co_await this_coro::executor, [x]() -> awaitable<void> { co_return; }, detached);",
    "a lambda called at once": "const auto x = co_await [&]() -> awaitable<int> { co_return 1; }();",
    "a lambda with a template head": "co_await f([&]<class A, class B>(A a, B b) { return a; });",
    "a choice": "co_await f(is_new ? make() : other);",
    "a choice of what to wait for": "auto x = is_new ? co_await a() : b;",
    "two waits": "co_await f(co_await g());",
    "waiting inside braces": "const point p{co_await x()};",
    "in the head of an if": "if (auto v = co_await f({1, 2}); v) { g(); }",
    "in the head of a while": "while (co_await more(a ? b : c)) g();",
    "after an if without braces": "if (a) co_await f({1});",
    "in a lambda's body": "auto run = [&]() -> awaitable<void> { co_await f({1}); };",
    "in a macro": "REQUIRE(co_await f() == point{1, 2});",
    "over several lines": "co_await f(\n    a,\n    {1, 2}\n);",
    "after a raw string": 'co_await f(R"(;)", {1});',
    "in a switch": "switch (x) { case 1: co_await f({2}); }",
}

FINE = {
    "the result has a name": "const options o{1}; co_await f(o);",
    "the lambda has a name": "auto body = [&]() -> awaitable<void> { co_await f(); }; co_await run(std::move(body));",
    "a lambda without a wait around it": "co_spawn(context, [&]() -> awaitable<void> { co_await f(); }, detached);",
    "braces in a lambda's body": "auto body = [&]() -> awaitable<void> { g({1, 2}); co_await f(); };",
    "a choice beside a wait": "const auto x = a ? b : c; co_await f(x);",
    "a choice in another head": "if (a ? b : c) co_await f();",
    "a structured binding": "auto [ec, n] = co_await f(); const auto& [k, v] = co_await g();",
    "an attribute": "[[maybe_unused]] const auto x = co_await f();",
    "a subscript": "co_await f(map[key], list()[1]);",
    "blocks": "for (;;) { try { co_await f(); } catch (const error& e) { g({1}); } }",
    "a function's body": "awaitable<result<int>> f() const noexcept { co_return co_await g(); }",
    "a function with a return type behind": "auto f() -> awaitable<std::vector<int>> { co_return co_await g(); }",
    "a constructor's initialisers": "thing::thing() : a_{1}, b_{2} { start(); } awaitable<void> f() { co_await g(); }",
    "a class": "class x final : public y { int a = 1; awaitable<int> f() { co_return co_await g(); } int b{2}; };",
    "two waits in two statements": "co_await f(); co_await g();",
    "one wait in each part of a head": "for (auto x = co_await f(); x; x = co_await g()) {}",
    "comments": "co_await f(); // {1} ? [&] {}\n/* co_await g({}) */",
    "strings and characters": "co_await f(\"{a} ? b : [&]\", '{', '\"', '?', 1'000);",
    "a directive": "#define x {1} ? 2 : 3\nco_await f();",
}


class CoAwait(unittest.TestCase):
    def test_what_breaks_is_found(self):
        for what, source in BREAKS_GCC.items():
            with self.subTest(what):
                self.assertTrue(co_await.check_source(f"awaitable<void> f() {{\n{source}\n}}"))

    def test_what_is_fine_is_left_alone(self):
        for what, source in FINE.items():
            with self.subTest(what):
                self.assertEqual(co_await.check_source(f"namespace n {{\nawaitable<void> f() {{\n{source}\n}}\n}}"), [])

    def test_the_line_is_named(self):
        found = co_await.check_source('// one\nconst auto text = R"(\n\n)";\nco_await f(\n    a,\n    {1}\n);\n')
        self.assertEqual([line for line, _ in found], [7])


class Includes(unittest.TestCase):
    def test_upwards_and_within_the_room(self):
        for room, target in [("model", "base/error.hpp"), ("kafka", "kafka/rdkafka_conf.hpp"), ("http", "control/ports.hpp")]:
            self.assertIsNone(includes.why_not(room, '"', target))

    def test_downwards_without_a_room_and_adapters(self):
        for room, target in [
            ("base", "model/plan.hpp"),
            ("decide", "connect/api.hpp"),
            ("http", "site.hpp"),
            ("control", "connect/client.hpp"),
            ("control", "kafka/rdkafka_topic_admin.hpp"),
            ("control", "postgres/libpq_login.hpp"),
        ]:
            self.assertIsNotNone(includes.why_not(room, '"', target), (room, target))

    def test_libraries_at_home(self):
        self.assertIsNone(includes.why_not("config", "<", "yaml-cpp/parser.h"))
        self.assertIsNone(includes.why_not("decide", "<", "vector"))
        self.assertIsNotNone(includes.why_not("decide", "<", "boost/asio/awaitable.hpp"))
        self.assertIsNotNone(includes.why_not("control", "<", "librdkafka/rdkafka.h"))


class Lines(unittest.TestCase):
    def test_sleeps(self):
        for line in ["std::this_thread::sleep_for(1ms);", "usleep(10);", "::sleep(1);", "sleep(1);"]:
            self.assertTrue(sleeps.SLEEP.search(line), line)
        for line in ["co_await time.sleep(seconds(1));", "time->sleep(1);", "void sleep(int);"]:
            self.assertFalse(sleeps.SLEEP.search(line), line)

    def test_words(self):
        for line in ["// TO" + "DO: later", "FIX" + "ME", "cd /wor" + "k/main", '"/ho' + 'me/me/x"']:
            self.assertIsNotNone(words.what_is_wrong(line), line)
        for line in ["todos", "https://example.org/wor" + "k/x", "${dir}/wor" + "k/x", "/var/lib/sluice"]:
            self.assertIsNone(words.what_is_wrong(line), line)


class Links(unittest.TestCase):
    def test_files_and_headings(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.md"
            page.write_text("# The `first` step, and more\n")
            for link in ["page.md", "#the-first-step-and-more", "page.md#the-first-step-and-more", "https://a.b/c", "."]:
                self.assertIsNone(links.broken(page, link), link)
            for link in ["other.md", "#second", "page.md#second"]:
                self.assertIsNotNone(links.broken(page, link), link)


if __name__ == "__main__":
    unittest.main()

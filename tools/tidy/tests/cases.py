"""The planted violations, and the good code that must stay silent."""

import collections

import architecture
import form
import records
import texts

Case = collections.namedtuple("Case", "name check files expected")
CASES = []


def case(name, check, files, *expected):
    """`expected` are parts of the lines that the check must print, in order; none means silence."""
    CASES.append(Case(name, check, files, expected))


def module(name, depends=""):
    return f"kapok_module({name}\n  SOURCES a.cpp\n  DEPENDS {depends})\n"


# ── include direction ───────────────────────────────────────────────────────────────────────────

TREE = {
    "src/core/CMakeLists.txt": module("core"),
    "src/core/id.h": "",
    "src/platform/http/CMakeLists.txt": module("http", "core"),
    "src/platform/http/route.h": '#include "core/id.h"\n',
    "src/ledger/CMakeLists.txt": module("ledger", "core"),
    "src/ledger/api.h": "",
    "src/ledger/sql/store.h": "",
    "src/exchange/CMakeLists.txt": module("exchange", "core ledger"),
    "src/exchange/api.h": "",
    "src/exchange/price.h": "",
    "src/compute/CMakeLists.txt": module("compute", "core exchange"),
}
INCLUDES = architecture.include_direction

case("includes within DEPENDS are fine", INCLUDES,
     TREE | {"src/exchange/a.cpp": '#include "exchange/price.h"\n#include "ledger/api.h"\n#include <vector>\n'})
case("an include that DEPENDS does not name", INCLUDES,
     TREE | {"src/ledger/a.cpp": '\n#include "platform/http/route.h"\n'},
     "src/ledger/a.cpp:2: ledger includes platform/http/route.h but its DEPENDS")
case("an include upwards", INCLUDES,
     TREE | {"src/core/a.cpp": '#include "ledger/api.h"\n'}, "src/core/a.cpp:1:")
case("a sibling through its api.h", INCLUDES, TREE | {"src/compute/a.cpp": '#include "exchange/api.h"\n'})
case("a sibling past its api.h", INCLUDES, TREE | {"src/compute/a.cpp": '#include "exchange/price.h"\n'},
     "compute may use exchange only through exchange/api.h")
case("another module's SQL", INCLUDES, TREE | {"src/exchange/a.cpp": '#include "ledger/sql/store.h"\n'},
     "the SQL of a module is its own")
case("DEPENDS upwards", INCLUDES, TREE | {"src/ledger/CMakeLists.txt": module("ledger", "exchange")},
     "exchange depends on itself", "ledger depends on itself", "ledger must not depend on exchange")
case("DEPENDS on a sibling that is not named", INCLUDES,
     TREE | {"src/exchange/CMakeLists.txt": module("exchange", "core models"),
             "src/models/CMakeLists.txt": module("models", "core")},
     "src/exchange/CMakeLists.txt:1: exchange must not depend on models")
case("a folder that is no module of the architecture", INCLUDES,
     TREE | {"src/misc/CMakeLists.txt": module("misc")}, "src/misc is not a module")
case("a test may use what its target links", INCLUDES,
     TREE | {"src/ledger/CMakeLists.txt": module("ledger") +
             "kapok_test(ledger_http_test LABELS unit SOURCES b_test.cpp LIBRARIES kapok::ledger kapok::http)\n",
             "src/ledger/b_test.cpp": '#include "platform/http/route.h"\n'})
case("app may include all that it depends on", INCLUDES,
     TREE | {"src/app/CMakeLists.txt": module("app", "exchange ledger"),
             "src/app/main.cpp": '#include "exchange/price.h"\n#include "ledger/sql/store.h"\n'})

# ── SQL, time, randomness ───────────────────────────────────────────────────────────────────────

SQL = architecture.sql_in_its_place
case("SQL in its folder", SQL, {"src/ledger/sql/store.cpp": 'x = "select a from b";\n'})
case("SQL elsewhere", SQL, {"src/ledger/service.cpp": '\nx = "insert into account values (?)";\n'}, "service.cpp:2: SQL outside")
case("SQL in a raw string over lines", SQL, {"src/ledger/service.cpp": 'x = R"(\n  select a\n  from b\n)";\n'}, "service.cpp:1:")
case("SQL in joined literals", SQL, {"src/ledger/service.cpp": 'x = "update account "\n    "set a = 1";\n'}, "service.cpp:1:")
case("English that only looks like SQL", SQL,
     {"src/ledger/service.cpp": 'x = "select a project"; y = "update the price"; // select a from b\n'})
case("the database layer's own SQL", SQL, {"src/platform/db/x.cpp": 'x = "create table migration (n integer)";\n'})

TIME = architecture.time_and_chance_injected
case("the system's clock in a module", TIME,
     {"src/ledger/a.cpp": "\nauto t = std::chrono::system_clock::now();\n"}, "a.cpp:2: take the time from the core::Clock")
case("the system's clock in core and platform", TIME,
     {"src/core/clock.h": "system_clock::now()\n", "src/platform/http/server.cpp": "steady_timer t;\n"})
case("sleeping in a test", TIME, {"src/ledger/a_test.cpp": "std::this_thread::sleep_for(1s);\n"}, "wait for what should happen")
case("random sources in a module", TIME,
     {"src/ledger/a.cpp": "std::mt19937 g;\nstd::random_device d;\nrandombytes_buf(p, 3);\nint x = rand();\n"},
     "a.cpp:1:", "a.cpp:2:", "a.cpp:3:", "a.cpp:4:")
case("the C library's time", TIME, {"src/ledger/a.cpp": "auto t = time(nullptr);\n"}, "a.cpp:1:")
case("words that only look like it", TIME,
     {"src/ledger/a.cpp": "auto a = start.time(0); auto b = brand(); // system_clock::now()\nauto c = \"rand()\";\n"})

# ── form ────────────────────────────────────────────────────────────────────────────────────────

case("a file of 800 lines", form.file_length, {"src/core/a.cpp": "int x;\n" * 800})
case("a file of 801 lines", form.file_length, {"src/core/a.cpp": "int x;\n" * 801}, "801 lines")
case("a long script without extension", form.file_length, {"tools/x": "#!/bin/sh\n" + ":\n" * 800}, "tools/x:801:")

LENGTH = form.function_length
BODY = "    x();\n"
case("a function of 60 lines", LENGTH, {"src/core/a.cpp": "void f() {\n" + BODY * 58 + "}\n"})
case("a function of 61 lines", LENGTH, {"src/core/a.cpp": "int y;\n\nvoid f(int a) {\n" + BODY * 59 + "}\n"}, "a.cpp:3: void f()")
case("a method, a lambda and a loop count as one", LENGTH,
     {"src/core/a.cpp": "class A {\n  void f() const noexcept {\n    for (;;) {\n    g([] {\n" + BODY * 60 + "    });\n    }\n  }\n};\n"},
     "a.cpp:2:")
case("a long class of short functions", LENGTH, {"src/core/a.h": "class A {\n" + "  void f() { x(); }\n" * 100 + "};\n"})
case("a long table is no function", LENGTH,
     {"src/core/a.cpp": "const std::array kTable = {\n" + '    Row{.a = f("x"), .b = 2},\n' * 100 + "};\n"})
case("a long namespace after a macro", LENGTH,
     {"src/core/a.cpp": "#define F(x) { x\nnamespace a::b {\n" + "void f() {\n    x();\n}\n" * 50 + "}\n"})
case("a constructor with initializers in braces", LENGTH,
     {"src/core/a.cpp": "A::A(int x) : a_(x), b_{x}, c_{} {\n" + BODY * 60 + "}\n"}, "a.cpp:1:")
case("braces in strings do not count", LENGTH,
     {"src/core/a.cpp": 'void f() {\n    x("{", \'{\');\n}\n' + "void g() {\n    x();\n}\n" * 40})
case("a test macro is a function", LENGTH, {"src/core/a_test.cpp": "TEST(A, B) {\n" + BODY * 60 + "}\n"}, "a_test.cpp:1:")
case("an operator in a class", LENGTH,
     {"src/core/a.h": "struct A {\n  bool operator==(const A& o) const {\n" + BODY * 60 + "  }\n};\n"}, "a.h:2:")
case("a long Python function", LENGTH, {"tools/a.py": "def f():\n" + "    x = 1\n" * 60}, "tools/a.py:1: f has 61")

case("a header with its comment", form.header_comments, {"src/core/a.h": "#pragma once\n\n// What an A is, and why.\nint a();\n"})
case("a header without a comment", form.header_comments, {"src/core/a.h": "#pragma once\n\n#include <x>\n// Says late what it is.\n"},
     "opens with a comment")
case("a header without #pragma once", form.header_comments, {"src/core/a.h": "// What an A is, and why.\nint a();\n"}, "#pragma once")
case("a module with README", form.module_readmes, {"src/core/CMakeLists.txt": module("core"), "src/core/README.md": ""})
case("a module without README", form.module_readmes, {"src/core/CMakeLists.txt": module("core")}, "src/core has no README.md")

WORDS = form.banned_words
case("a mark of unfinished work", WORDS, {"docs/a.md": "fine\n// TO" "DO later\n"}, "docs/a.md:2:")
case("a word of unfinished work in code", WORDS, {"src/core/a.cpp": "// just for no" "w\n"}, "a.cpp:1:")
case("the same word in prose", WORDS, {"docs/a.md": "That is all for no" "w.\n"})
case("a developer's path", WORDS, {"tools/x.sh": "cd /wo" "rk/main\n"}, "x.sh:1:")
case("a registry's host", WORDS, {"README.md": "from py" "pi.org\n"}, "README.md:1:")
case("a file that is no text", WORDS, {"docs/a.md": "plain\n"})

COROUTINES = form.coroutines
for good in (
        "auto r = co_await f(std::move(request));",
        "auto r = co_await f(Request(s, t));",
        "co_return co_await f(a);",
        "if (auto r = co_await f(); r) {\n    g({1, 2});\n}",
        "for (auto& x : co_await list()) {\n    use(x);\n}",
        "while (co_await more()) {\n    auto a = A{1};\n}",
        "co_spawn(executor, [s]() -> awaitable<void> {\n    co_await f(s);\n    co_await g();\n}, detached);",
        "const auto a = flag ? x : y;\n    auto r = co_await f(a);",
        "auto r = co_await f(std::chrono::seconds(1), a::b);",
        "auto r = co_await f(token);\n    std::vector<int> v{1, 2};",
):
    case(f"good: {good[:40]}", COROUTINES, {"src/core/a.cpp": "awaitable<void> run() {\n    " + good + "\n}\n"})
for bad in (
        "co_await f(Request{.a = s});",
        "co_await f({s, t, 1});",
        "co_await f([s] { return s.size(); });",
        "auto x = cond ? co_await f() : other;",
        "auto x = cond ? other : co_await f();",
        "Request q{.a = co_await f()};",
        "auto x = co_await f() ? a : b;",
        "auto x = g(co_await f(), co_await f());",
        "co_spawn(executor, [s]() -> awaitable<void> {\n    co_await f({s});\n}, detached);",
):
    case(f"bad: {bad[:40]}", COROUTINES, {"src/core/a.cpp": "awaitable<void> run() {\n    " + bad + "\n}\n"}, "a.cpp:")

# ── texts ───────────────────────────────────────────────────────────────────────────────────────

ERRORS = texts.error_texts


def errors(rows, table):
    return {"src/core/errors.h": "#pragma once\n" + rows + "inline constexpr std::array kErrors{" + table + "};\n"}


def error(constant, code, english, chinese):
    return f'inline constexpr ErrorCode {constant}{{"{code}", ErrorKind::NotFound,\n    "{english}", "{chinese}"}};\n'


GOOD = error("kA", "core.a", "no {x}", "没有 {x}")
case("agreeing texts", ERRORS, errors(GOOD, "&kA"))
case("an error without Chinese", ERRORS, errors(error("kA", "core.a", "no", "no"), "&kA"), "the second text is the Chinese one")
case("texts in the wrong order", ERRORS, errors(error("kA", "core.a", "没有", "no"), "&kA"), "the first text", "the second text")
case("different parameters", ERRORS, errors(error("kA", "core.a", "no {x}", "没有 {y}"), "&kA"), "different parameters")
case("a text that is only passed on", ERRORS, errors(error("kA", "core.a", "{text}", "{text}"), "&kA"))
case("the same code twice", ERRORS, errors(GOOD + error("kB", "core.a", "no", "没有"), "&kA, &kB"), "already in")
case("an error outside its table", ERRORS, errors(GOOD + error("kB", "core.b", "no", "没有"), "&kA"), "kB is not in the table")

ROUTE = 'const std::array kRoutes{Route{.method = Method::Get,\n    .path = "/api/v1/x",\n    .id = "get_x",\n    .scope = "x:read",\n'
case("a described route", texts.route_texts, {"src/a/r.cpp": ROUTE + '    .en = "Get x",\n    .zh = "查询"}};\n'})
case("a route without a Chinese summary", texts.route_texts, {"src/a/r.cpp": ROUTE + '    .en = "Get x"}};\n'}, "no Chinese summary")
case("a route without a scope", texts.route_texts,
     {"src/a/r.cpp": 'Route{.method = http::Method::Get, .path = "/x", .id = "x", .en = "Get x", .zh = "查询"};\n'}, "needs .id and .scope")
case("a request to another server is no route", texts.route_texts,
     {"src/a/r.cpp": 'using http::Route;\nUpstream call{.method = Method::Post, .target = "/v1"};\nup.method = Method::Get;\nup.path = "/v1";\n'})
DOCUMENT = '{"paths": {"/api/v1/x": {"get": {"operationId": "get_%s", "summary": "%s"}}}}'
case("a document that has the route", texts.routes_in_document,
     {"src/a/r.cpp": ROUTE + "}};\n", "docs/openapi.json": DOCUMENT % ("x", "Get x")})
case("a document that has not", texts.routes_in_document,
     {"src/a/r.cpp": ROUTE + "}};\n", "docs/openapi.json": DOCUMENT % ("y", "Get y")}, "get_x is not in docs/openapi.json")
POST = '{"paths": {"/api/v1/x": {"post": {"operationId": "%s", "summary": "x", "parameters": [%s]}}}}'
REPEATABLE = texts.creating_routes_repeatable
case("a POST that takes a key", REPEATABLE,
     {"docs/openapi.json": POST % ("create_x", '{"in": "header", "name": "idempotency-key"}')})
case("a POST that takes none", REPEATABLE,
     {"docs/openapi.json": POST % ("create_x", '{"in": "header", "name": "if-match"}')},
     "POST /api/v1/x makes something and must take an idempotency-key")
case("a key in the query is none", REPEATABLE,
     {"docs/openapi.json": POST % ("create_x", '{"in": "query", "name": "idempotency-key"}')},
     "POST /api/v1/x makes something")
case("a POST that makes nothing", REPEATABLE, {"docs/openapi.json": POST % ("stop_deployment", "")})
case("an operation without summary", texts.routes_in_document,
     {"docs/openapi.json": DOCUMENT % ("y", "")}, "operation get_y has no summary")

LICENCES = "  {fmt} 9 (libfmt-dev)  MIT\n  Ant Design 5 (antd, @ant-design/icons)  MIT\n  jq  MIT\n"
NAMED = {"tools/lib.sh": "readonly KAPOK_BUILD_PACKAGES=(\n  libfmt-dev)\n", "tests/a/packages": "# What it needs.\njq\n",
         "console/package.json": '{"dependencies": {"antd": "1", "@ant-design/icons": "1"}}'}
case("listed packages", records.third_party_listed, {"THIRD_PARTY": LICENCES, **NAMED})
case("a Debian package that is not listed", records.third_party_listed,
     {"THIRD_PARTY": LICENCES.replace("libfmt-dev", "libfmt-dev2"), **NAMED}, "libfmt-dev is not in THIRD_PARTY")
case("an npm package and one of a test that are not listed", records.third_party_listed,
     {"THIRD_PARTY": LICENCES.replace("@ant-design/icons", "icons").replace("jq", "q"), **NAMED}, "@ant-design/icons is not", "jq is not")

ROW = "| API1 | rights | a table | %s | %s |\n"
SHOWN = {"src/a/a_test.cpp": "TEST_F(Rights, Hold) {\n}\n", "tests/m/run": "def nobody(self):\n"}
case("claims with proofs", records.security_proofs,
     {"docs/security.md": ROW % ("`Rights.Hold` (src/a/a_test.cpp)<br>`nobody` (tests/m/run)", "met") +
      ROW % ("", "met (document)") + ROW % ("", "n/a: none") + ROW % ("", "partly (no test)"), **SHOWN})
case("a claim without a proof", records.security_proofs, {"docs/security.md": ROW % ("", "met"), **SHOWN}, "met without a proof")
case("proofs that are gone", records.security_proofs,
     {"docs/security.md": ROW % ("`Rights.Hol` (src/a/a_test.cpp)<br>`nobody` (tests/n/run)", "partly: x"), **SHOWN},
     "has no Rights.Hol", "has no nobody")
case("a claim without a state", records.security_proofs, {"docs/security.md": ROW % ("", "perhaps"), **SHOWN}, "has no state")
LIMITS = "inline constexpr std::size_t kNameBytesMax = 3;\ninline constexpr std::string_view kMeter = \"m\";\n"
ROWED = 'inline constexpr std::array kLimitTable{\n    core::limit("a.%s", kNameBytesMax,\n                "byte", "Of a name", "%s")};\n'
case("a limit with its row", texts.limits_shown,
     {"src/a/limits.h": LIMITS, "src/a/limit_table.h": ROWED % ("name_bytes_max", "名称长度")})
case("a limit without a table", texts.limits_shown, {"src/a/limits.h": LIMITS}, "kNameBytesMax is neither")
case("a limit whose row has another name", texts.limits_shown,
     {"src/a/limits.h": LIMITS, "src/a/limit_table.h": ROWED % ("name_max", "名称长度")}, "must be named a.name_bytes_max")
case("a limit whose row is not in Chinese", texts.limits_shown,
     {"src/a/limits.h": LIMITS, "src/a/limit_table.h": ROWED % ("name_bytes_max", "Of a name")}, "kNameBytesMax is neither")
case("a limit that is a setting's default", texts.limits_shown,
     {"src/a/limits.h": LIMITS, "src/app/settings.cpp": ".fallback = digits<a::kNameBytesMax>,\n"})

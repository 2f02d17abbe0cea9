// Scripts of ill will: each way out of the sandbox and each way to hang or to eat the machine, tried one by one.
#include "tests/support/script_project.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace vm;

namespace {

/// How long `body` runs under a time limit of 0.1 s, and what it ends with.
struct Ended {
  std::string message;
  double seconds = 0;
};

Ended run_limited(std::string const& body) {
  test::ScriptProject project;
  project.options.time_limit = 0.1;
  auto const start = std::chrono::steady_clock::now();
  auto const error = project.failure(body);
  return {error.message(), std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
}

} // namespace

TEST_CASE("bytecode is refused wherever a text is read, and cannot be made") {
  test::ScriptProject project;
  std::string const bytecode = "\x1bLJ\x02\x02rest";
  auto const header = project.read(bytecode);
  REQUIRE(header.error.has_value());
  CHECK(header.error->message().find("binary data") != std::string::npos);
  CHECK_THROWS_AS(project.run(bytecode), ScriptError);
  project.write("scripts/compiled.lua", bytecode);
  CHECK_THROWS_AS(project.upgrade("require('compiled')"), ScriptError);
  project.write("scripts/hidden.lua", "return 1 -- \x1bLJ" + std::string(1, '\0'));
  CHECK_THROWS_AS(project.upgrade("require('hidden')"), ScriptError);
  CHECK_NOTHROW(project.upgrade("assert(string.dump == nil and load == nil and loadstring == nil)\n"
                                "assert(('x').dump == nil and not pcall(function() return ('x'):dump() end))"));
}

TEST_CASE("the metatable of strings and of functions gives nothing away") {
  test::ScriptProject project;
  CHECK_NOTHROW(project.upgrade("assert(getmetatable('') == false)\n"
                                "assert(not pcall(setmetatable, '', {}))\n"
                                "assert(getmetatable(print) == nil and getmetatable(coroutine.create(print)) == nil)\n"
                                "assert(not pcall(function() string.upper = nil end))\n"
                                "assert(not pcall(function() ('x').upper = nil end))\n"
                                "assert(not pcall(rawset, string, 'upper', 1))\n"
                                "assert(rawget(string, 'upper') == nil and next(string) == nil)"));
}

TEST_CASE("no environment but a script's own can be reached") {
  test::ScriptProject project;
  CHECK_NOTHROW(project.upgrade("assert(getfenv == nil and setfenv == nil and debug == nil and _G == nil)\n"
                                "assert(_ENV == nil and package == nil and module == nil and newproxy == nil)\n"
                                "assert(io == nil and ffi == nil and jit == nil and arg == nil)"));
  for (auto const* name : {"ffi", "jit", "jit.util", "jit.opt", "bit", "io", "os", "debug", "package", "string.buffer",
                           "table.new", "table.clear", "thread"}) {
    CAPTURE(name);
    CHECK(project.failure("require('" + std::string{name} + "')").message().find("require: there is no module") == 0);
  }
  for (auto const* name : {"execute", "exit", "remove", "rename", "tmpname", "setlocale"}) {
    CAPTURE(name);
    CHECK_NOTHROW(project.upgrade("assert(os." + std::string{name} + " == nil)"));
  }
  // What one script leaves is not there for the next.
  CHECK_NOTHROW(project.upgrade("leaked = 1; string_alias = string"));
  CHECK_NOTHROW(project.upgrade("assert(leaked == nil and string_alias == nil)"));
}

TEST_CASE("files are read inside the project only, whatever the path looks like") {
  test::ScriptProject project;
  test::ScriptProject elsewhere;
  auto const secret = elsewhere.write("secret.txt", "the secret");
  std::filesystem::create_symlink(secret, project.folder / "link.txt");
  std::filesystem::create_directory_symlink(elsewhere.folder, project.folder / "away");
  auto const outside = elsewhere.folder.filename().native();
  for (auto const& path :
       {secret.native(), std::string{"/etc/passwd"}, "../" + outside + "/secret.txt",
        "versions/../../" + outside + "/secret.txt", std::string{"link.txt"}, std::string{"away/secret.txt"},
        std::string{"/proc/self/environ"}, std::string{"./../../etc/passwd"}}) {
    for (auto const* function : {"vm.read_file", "vm.read_csv"}) {
      CAPTURE(path);
      auto const error = project.failure("local text = " + std::string{function} + "('" + path + "')");
      CHECK(error.message() != "nothing");
      CHECK(error.message().find("the secret") == std::string::npos);
    }
  }
  for (auto const* module : {"away.secret", "link", "..secret", "/etc/passwd", "versions/../secret"}) {
    CAPTURE(module);
    CHECK(project.failure("require('" + std::string{module} + "')").message() != "nothing");
  }
}

TEST_CASE("a time limit stops an endless loop wherever it hides") {
  for (std::string const body : {
           "while true do end",
           "repeat until false",
           "::again:: goto again",
           "local function f() return f() end f()",
           "while true do pcall(function() while true do end end) end",
           "while true do pcall(error, 'x') end",
           "xpcall(function() while true do end end, function() while true do end end)",
           "local c = coroutine.wrap(function() while true do end end) c()",
           "while true do local c = coroutine.create(function() while true do end end) coroutine.resume(c) end",
           "local c = coroutine.wrap(function() while true do coroutine.yield() end end) while true do c() end",
           "(('x'):rep(10)):gsub('.', function() while true do end end)",
           "while true do (('x'):rep(10)):gsub('.', function() pcall(function() while true do end end) end) end",
           "table.sort({ 3, 2, 1 }, function() while true do end end)",
           "local t = setmetatable({}, { __index = function() while true do end end }) local x = t.a",
           "local t = setmetatable({}, { __tostring = function() while true do end end }) print(t)",
           "for _ in function() return 1 end do end",
           "local s = '' while true do s = s:sub(1, 10) .. 'x' end",
           "while true do setmetatable({}, { __gc = function() while true do end end }) end",
       }) {
    CAPTURE(body);
    auto const ended = run_limited(body);
    CHECK(ended.message.find("the script ran longer than the time limit of 0.1 s") != std::string::npos);
    CHECK(ended.seconds < 5);
  }
}

TEST_CASE("recursion without an end is an error, whatever form it takes") {
  for (auto const* body :
       {"local function f() return 1 + f() end f()", //
        "local function f() return xpcall(f, f) end error({f()})",
        "local function f() local ok, e = pcall(f) error(e) end f()",
        "local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x",
        "local t = setmetatable({}, {__tostring = function(t) return tostring(t) end}) tostring(t)",
        "local function f() return coroutine.wrap(f)() end f()",
        "string.gsub('x', 'x', (function() local function f() return (('x'):gsub('x', f)) end return f end)())",
        "local function f(a, b) table.sort({3, 2, 1}, f) return a < b end f(1, 2)"}) {
    CAPTURE(body);
    auto const ended = run_limited(body);
    CHECK(!ended.message.empty());
    CHECK(ended.seconds < 10);
  }
}

TEST_CASE("recursion that calls itself twice is stopped by the time limit") {
  auto const ended = run_limited("local function f() pcall(f) pcall(f) end f()");
  CHECK(ended.message == "the script ran longer than the time limit of 0.1 s");
#ifdef __SANITIZE_ADDRESS__
  CHECK(ended.seconds < 60); // every frame that is left tells the sanitizer
#else
  CHECK(ended.seconds < 10);
#endif
}

TEST_CASE("a time limit stops patterns that would run for years") {
  for (std::string const body : {
           "local x = ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(41))",
           "local x = ('a'):rep(3000):match('(.-)(.-)(.-)(.-)(.-)b')",
           "local x = ('a'):rep(3000):find('.*.*.*.*.*b')",
           "local x = ('a'):rep(3000):gsub('.-.-.-.-.-b', '')",
           "for x in ('a'):rep(3000):gmatch('.+.+.+.+b') do end",
           "local x = ('('):rep(1000000):gsub('%b()', '')",
           "pcall(string.find, ('a'):rep(3000), '.*.*.*.*.*b') while true do end",
       }) {
    CAPTURE(body);
    auto const ended = run_limited(body);
    CHECK(ended.message.find("the script ran longer than the time limit of 0.1 s") != std::string::npos);
    CHECK(ended.seconds < 5);
  }
}

TEST_CASE("memory has an end in every way to ask for it") {
  for (std::string const body : {
           "local s = ('x'):rep(1e9)",
           "local s = ('x'):rep(1e6):rep(1e6)",
           "local s = 'x' while true do s = s .. s end",
           "local t = {} for i = 1, 1e9 do t[i] = i end",
           "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
           "local s = ('x'):rep(1e6):gsub('.', ('y'):rep(1e6))",
           "local s = ('x'):rep(1e6):gsub('.', function() return ('y'):rep(1e6) end)",
           "local t = {} for i = 1, 1e5 do t[i] = ('x'):rep(1e4) end local s = table.concat(t)",
           "local function f() local c = coroutine.wrap(f) c() end f()",
           "local t = {} for i = 1, 1e7 do t[i] = coroutine.create(print) end",
       }) {
    CAPTURE(body);
    test::ScriptProject project;
    project.options.memory_limit = 32u << 20;
    auto const message = project.failure(body).message();
    CAPTURE(message);
    bool const is_refused = message.find("memory") != std::string::npos ||
                            message.find("too large") != std::string::npos ||
                            message.find("overflow") != std::string::npos;
    CHECK(is_refused);
    CHECK_NOTHROW(project.upgrade("assert(1 + 1 == 2)"));
  }
  test::ScriptProject project;
  CHECK_NOTHROW(project.upgrade("assert((''):rep(1e9) == '' and ('x'):rep(-1) == '' and ('x'):rep(0) == '')"));
  CHECK_NOTHROW(project.upgrade("assert(not pcall(unpack, {}, 1, 1e8))"));
}

TEST_CASE("our patterns give what the library's give") {
  // The same script runs on our functions and, with --unsafe-scripts, on LuaJIT's own.
  constexpr char const* body = R"lua(
local seed = 12345
local function random(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
local atoms = { "a", "b", ".", "%a", "%d", "%s", "%w", "[ab]", "[^a]", "[a-c]", "%%", "x", "%u", "%p", "[%d_]", "[]]", "[^]]", "[a-]", "%x", "-", "%z" }
local suffixes = { "", "", "", "*", "+", "-", "?" }
local letters = { "a", "b", "c", "1", " ", "x", "A", "_", "]", "-", "(", ")", "%", ".", "\0" }
local function text() local t = {} for i = 1, random(12) - 1 do t[i] = letters[random(#letters)] end return table.concat(t) end
local function pattern()
  local t, open = {}, 0
  if random(6) == 1 then t[1] = "^" end
  for _ = 1, random(5) do
    local kind = random(14)
    if kind == 1 then t[#t + 1] = "(" open = open + 1
    elseif kind == 2 and open > 0 then t[#t + 1] = ")" open = open - 1
    elseif kind == 3 then t[#t + 1] = "()"
    elseif kind == 4 then t[#t + 1] = "%b()"
    elseif kind == 5 then t[#t + 1] = "%f[%w]"
    elseif kind == 6 then t[#t + 1] = "%1"
    else t[#t + 1] = atoms[random(#atoms)] .. suffixes[random(#suffixes)] end
  end
  t[#t + 1] = (")"):rep(open)
  if random(6) == 1 then t[#t + 1] = "$" end
  return table.concat(t)
end
local function show(...)
  local t = { ... }
  for i = 1, select("#", ...) do t[i] = tostring(t[i]):gsub("^.-:%d+: ", "") end
  return table.concat(t, "|")
end
local replacements = { "<%0>", "%%", "y", "<%1>", function(x) return x and #tostring(x) > 1 and "F" end, { a = "A", ab = 7 } }
local sum, lines = 0, {}
for i = 1, 6000 do
  local s, p, init = text(), pattern(), random(9) - 4
  local line = show(pcall(string.find, s, p, init)) .. "#" .. show(pcall(string.match, s, p, init)) .. "#"
  line = line .. show(pcall(string.gsub, s, p, replacements[random(#replacements)], random(4) == 1 and 2 or nil)) .. "#"
  line = line .. show(pcall(function()
    local all = {}
    for a, b in string.gmatch(s, p) do all[#all + 1] = tostring(a) .. "," .. tostring(b) end
    return table.concat(all, ";")
  end))
  print(i, (s:gsub("%z", "0")), (p:gsub("%z", "0")), init, (line:gsub("%z", "0")))
end)lua";
  test::ScriptProject ours, theirs;
  theirs.options.unsafe = true;
  ours.upgrade(body);
  theirs.upgrade(body);
  REQUIRE(ours.logged.size() == 6000);
  REQUIRE(theirs.logged.size() == 6000);
  int different = 0;
  for (std::size_t i = 0; i < ours.logged.size() && different < 5; ++i) {
    if (ours.logged[i] == theirs.logged[i]) continue;
    ++different;
    CHECK(ours.logged[i] == theirs.logged[i]);
  }
}

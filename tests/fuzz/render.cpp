// Any schema as SQL and as Lua: the same text twice, and the Lua text is read back as the schema that gives it.
#include "bindings/host.hpp"
#include "engine/autogen/render_lua.hpp"
#include "engine/dialect/mysql/dialect.hpp"
#include "engine/dialect/postgresql/dialect.hpp"
#include "engine/dialect/sqlite/dialect.hpp"
#include "engine/op/describe.hpp"
#include "engine/op/fingerprint.hpp"
#include "engine/op/reverse.hpp"
#include "engine/sql/lexer.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/schema_input.hpp"

#include <array>

using namespace vm;

namespace {

std::string sql_text(op::Operation const& operation, sql::Dialect const& dialect) {
  std::string text;
  fuzz::accepts<UsageError>([&] {
    for (auto const& statement : dialect.compile(operation, nullptr)) {
      sql::Lexer lexer{statement.text, dialect.capabilities()};
      for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
        fuzz::require(token.closed || token.kind == sql::TokenKind::comment, "a statement is closed", statement.text);
      }
      text += statement.text + ";\n";
    }
  });
  return text;
}

void check_operation(op::Operation const& operation) {
  static std::array const dialects{dialect::sqlite::make_dialect(nullptr), dialect::postgresql::make_dialect(nullptr),
                                   dialect::mysql::make_dialect(nullptr)};
  for (auto const& dialect : dialects)
    fuzz::require(sql_text(operation, *dialect) == sql_text(operation, *dialect), "the same SQL twice");
  fuzz::require(op::fingerprint(operation) == op::fingerprint(operation), "the same fingerprint twice");
  fuzz::require(!op::describe(operation).empty(), "an operation is described");
  fuzz::require(autogen::render_operations({operation}) == autogen::render_operations({operation}),
                "the same Lua twice");
  op::reverse(operation, nullptr);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::Folder const folder;
  FuzzedDataProvider input{data, size};
  auto const catalog = fuzz::take_catalog(input);
  for (auto const& [name, table] : catalog.tables) {
    check_operation(op::CreateTable{table});
    for (auto const& column : table.columns) check_operation(op::AddColumn{name, column});
  }
  auto const bytes = op::encode(catalog);
  fuzz::require(op::encode(op::decode_catalog(bytes)) == bytes, "a catalog is read back from the journal");
  auto const text = autogen::render_schema(catalog);
  fuzz::require(text == autogen::render_schema(catalog), "the same Lua twice");
  static bindings::LuaHost host{{.project = folder.path(), .memory_limit = 64u << 20, .time_limit = 10}};
  auto const read = [&](std::string const& lua) -> schema::Catalog {
    try {
      auto const file = folder.write("migrations/schema.lua", lua);
      return host.load_schema(file, {}, {"postgresql", "15.6", false, ""})->catalog;
    } catch (Error const& error) {
      fuzz::require(false, "a rendered schema is read: " + error.message(), lua);
      throw;
    }
  };
  auto const again = autogen::render_schema(read(text));
  fuzz::require(again == autogen::render_schema(read(again)), "a schema that was read is rendered as it was", again);
  return 0;
}

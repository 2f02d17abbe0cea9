// CSV files of the project: vm.read_csv gives their rows to a script, op.copy_from_csv puts them into a table. Both
// read record by record, in constant memory.
#include "engine/core/csv.hpp"

#include "bindings/csv_values.hpp"
#include "bindings/items.hpp"
#include "bindings/library.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::bindings {

namespace {

struct CsvOptions {
  CsvFormat format;
  std::optional<std::vector<std::string>> columns; ///< set: the first record is a row already
  std::optional<std::string> null;                 ///< an unquoted field of this text is NULL
};

char one_character(TableReader& options, std::string_view key, char normal) {
  auto const text = options.text(key);
  if (!text) return normal;
  if (text->size() != 1 || *text == "\n" || *text == "\r" || *text == std::string_view{"\0", 1})
    options.fail(fmt::format("'{}' must be one character", key));
  return text->front();
}

CsvOptions read_csv_options(TableReader& options) {
  CsvOptions result;
  result.format.delimiter = one_character(options, "delimiter", ',');
  result.format.quote = one_character(options, "quote", '"');
  if (result.format.delimiter == result.format.quote) options.fail("'delimiter' and 'quote' are the same character");
  if (auto const skip = options.integer("skip")) {
    if (*skip < 0) options.fail("'skip' must not be negative");
    result.format.skip = static_cast<std::size_t>(*skip);
  }
  result.columns = options.texts("columns");
  result.null = options.text("null");
  if (auto const encoding = options.text("encoding");
      encoding && lower(*encoding) != "utf-8" && lower(*encoding) != "utf8") {
    throw lua::ArgumentError{fmt::format("{}: the encoding '{}' is not read, only UTF-8", options.context(), *encoding),
                             Hint{fmt::format("convert the file once: iconv -f {} -t UTF-8", *encoding)}};
  }
  options.refuse("separator", "it is called 'delimiter'");
  options.refuse("sep", "it is called 'delimiter'");
  options.refuse("header", "the first line names the columns; without such a line list them: columns = { … }");
  return result;
}

/// Throws where a name is empty or stands twice.
void check_names(std::vector<std::string> const& names, std::string const& where) {
  if (names.empty()) throw lua::ArgumentError{fmt::format("{}: there are no columns", where)};
  auto sorted = names;
  std::sort(sorted.begin(), sorted.end());
  if (auto const twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    throw lua::ArgumentError{fmt::format("{}: two columns are named '{}'", where, *twice)};
  if (auto const empty = std::find(names.begin(), names.end(), ""); empty != names.end())
    throw lua::ArgumentError{fmt::format("{}: column {} has no name", where, empty - names.begin() + 1)};
}

/// A file with the names of its columns known, whether by its header or by the call.
class Csv {
 public:
  Csv(lua_State* L, std::string const& path, CsvOptions const& options, std::string function)
      : function_{std::move(function)},
        path_{path},
        null_{options.null} {
    try {
      reader_ = std::make_unique<CsvReader>(project_file(L, path, function_), path, options.format);
      std::vector<CsvField> header;
      if (options.columns) {
        names_ = *options.columns;
        check_names(names_, fmt::format("{}: option 'columns'", function_));
        return;
      }
      if (!reader_->next(header)) throw lua::ArgumentError{fmt::format("{}: '{}' is empty", function_, path)};
      for (auto& field : header) names_.push_back(std::move(field.text));
      check_names(names_, fmt::format("{}: {}:{}", function_, path, reader_->line()));
    } catch (FileError const& error) {
      throw cannot_read(error);
    } catch (CsvError const& error) {
      throw broken(error);
    }
  }

  std::vector<std::string> const& names() const { return names_; }
  std::vector<CsvField> const& fields() const { return fields_; }
  bool is_null(std::size_t at) const { return null_ && !fields_[at].quoted && fields_[at].text == *null_; }
  std::string place() const { return fmt::format("{}:{}", reader_->file(), reader_->line()); }

  bool next() {
    try {
      if (!reader_->next(fields_, names_.size() == 1)) return false;
      if (fields_.size() != names_.size())
        reader_->fail(fmt::format("{} {}, but there {} {} {}", fields_.size(), fields_.size() == 1 ? "field" : "fields",
                                  names_.size() == 1 ? "is" : "are", names_.size(),
                                  names_.size() == 1 ? "column" : "columns"));
      return true;
    } catch (FileError const& error) {
      throw cannot_read(error);
    } catch (CsvError const& error) {
      throw broken(error);
    }
  }

  [[noreturn]] void fail(std::size_t at, std::string const& problem) const {
    throw lua::ArgumentError{fmt::format("{}: {}, column '{}': {}", function_, place(), names_[at], problem)};
  }

 private:
  lua::ArgumentError cannot_read(FileError const& error) const {
    return lua::ArgumentError{fmt::format("{}: cannot read '{}': {}", function_, path_, error.reason)};
  }

  /// What is wrong with the file, told at the line of the script that reads it.
  lua::ArgumentError broken(CsvError const& error) const {
    return lua::ArgumentError{fmt::format("{}: {}", function_, error.message())};
  }

  std::string function_, path_; ///< the path as the script gave it
  std::optional<std::string> null_;
  std::unique_ptr<CsvReader> reader_;
  std::vector<std::string> names_;
  std::vector<CsvField> fields_;
};

// --- vm.read_csv ---

struct CsvRows {
  std::unique_ptr<Csv> csv; ///< gone once the last row was read
};

int csv_call(lua_State* L) {
  auto* rows = lua::to_userdata<CsvRows>(L, 1);
  if (rows == nullptr) throw lua::ArgumentError{"vm.read_csv: the iterator was called without its file"};
  if (!rows->csv) return 0;
  auto& csv = *rows->csv;
  if (!csv.next()) {
    rows->csv.reset();
    return 0;
  }
  lua_createtable(L, 0, static_cast<int>(csv.names().size()));
  for (std::size_t i = 0; i < csv.names().size(); ++i) {
    if (csv.is_null(i)) continue;
    lua::push(L, csv.names()[i]);
    lua::push(L, csv.fields()[i].text);
    lua_rawset(L, -3);
  }
  return 1;
}

constexpr luaL_Reg csv_metamethods[] = {{"__call", bound<csv_call>}, {nullptr, nullptr}};

int read_csv(lua_State* L) {
  Arguments args{L, "vm.read_csv"};
  auto const path = args.text(1, "path");
  auto options = args.options(2);
  auto const settings = read_csv_options(options);
  options.done();
  args.done();
  lua::push_userdata(L, CsvRows{std::make_unique<Csv>(L, path, settings, args.function())});
  return 1;
}

// --- op.copy_from_csv ---

/// The table as the database has it; null offline, when nobody knows it.
schema::Table const* find_table(lua_State* L, op::Target& target, schema::TableName const& name,
                                schema::Catalog& catalog) {
  try {
    catalog = target.inspect({.tables = std::vector{name}, .tables_only = true}, call_site(L));
  } catch (ScriptError const&) {
    if (!target.surroundings().offline) throw;
    return nullptr;
  }
  if (auto const* table = catalog.find_table(name)) return table;
  if (catalog.tables.size() == 1) return &catalog.tables.begin()->second;
  if (target.surroundings().offline) return nullptr;
  throw lua::ArgumentError{fmt::format("op.copy_from_csv: there is no table '{}'", schema::to_string(name))};
}

/// Finds each of the file's columns in the table.
std::vector<schema::Column const*> columns_of(schema::Table const& table, std::vector<std::string> const& names,
                                              bool exact_case) {
  std::vector<schema::Column const*> columns;
  for (auto const& name : names) {
    auto const found = std::find_if(table.columns.begin(), table.columns.end(), [&](schema::Column const& column) {
      auto const held = std::string_view{column.name.text()};
      return held == name || (!exact_case && equals_ignore_case(held, name));
    });
    if (found == table.columns.end()) {
      std::vector<std::string> known;
      for (auto const& column : table.columns) known.emplace_back(column.name.text());
      lua::ArgumentError error{
          fmt::format("op.copy_from_csv: table '{}' has no column '{}'", schema::to_string(table.name), name)};
      if (auto const near = nearest_name(name, known))
        error.add_hint({fmt::format("did you mean '{}'?", *near)});
      else
        error.add_hint({fmt::format("it has {}", quoted_list(known))});
      throw error;
    }
    columns.push_back(&*found);
  }
  return columns;
}

/// The file's rows with each field as a value of its column's type.
class CsvSource : public op::RowSource {
 public:
  CsvSource(Csv& csv, std::vector<schema::Column const*> columns) : csv_{csv}, columns_{std::move(columns)} {}

  bool next(std::vector<Value>& row) override {
    if (!csv_.next()) return false;
    auto const& fields = csv_.fields();
    row.resize(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (csv_.is_null(i)) {
        row[i] = Null{};
        continue;
      }
      if (columns_.empty()) {
        row[i] = fields[i].text;
        continue;
      }
      auto value = value_of(fields[i].text, columns_[i]->type);
      if (!value)
        csv_.fail(i, fmt::format("'{}' is no {}", excerpt(fields[i].text), schema::to_string(columns_[i]->type)));
      row[i] = std::move(*value);
    }
    return true;
  }
  std::string place() const override { return csv_.place(); }

 private:
  Csv& csv_;
  std::vector<schema::Column const*> columns_;
};

int copy_from_csv(lua_State* L) {
  Arguments args{L, "op.copy_from_csv"};
  auto& target = active_target(L, args.function());
  auto table = read_table_name(args, 1, "table");
  auto const path = args.text(2, "path");
  auto options = args.options(3);
  auto settings = read_csv_options(options);
  if (!settings.null) settings.null = "";
  if (auto schema = read_identifier(options, "schema")) table.schema = std::move(schema);
  options.done();
  args.done();

  Csv csv{L, path, settings, args.function()};
  schema::Catalog catalog;
  auto const* const held = find_table(L, target, table, catalog);
  std::vector<schema::Column const*> columns;
  op::CopyRows copy{.table = std::move(table), .columns = {}};
  if (held != nullptr) {
    columns = columns_of(*held, csv.names(), target.surroundings().dialect == "postgresql");
    for (auto const* column : columns) copy.columns.push_back(column->name);
  } else {
    for (auto const& name : csv.names()) copy.columns.push_back(args.to_identifier(name, "path"));
  }
  CsvSource source{csv, std::move(columns)};
  auto const outcome = target.copy_rows(copy, source, call_site(L));
  lua::push_integer(L, outcome.rows_affected);
  return 1;
}

constexpr luaL_Reg vm_part[] = {{"read_csv", bound<read_csv>}};
constexpr luaL_Reg op_part[] = {{"copy_from_csv", bound<copy_from_csv>}};

} // namespace

Functions vm_csv_functions() {
  return vm_part;
}

Functions op_csv_functions() {
  return op_part;
}

void define_csv(lua_State* L) {
  lua::define_userdata<CsvRows>(L, "vm.csv", csv_metamethods);
}

} // namespace vm::bindings

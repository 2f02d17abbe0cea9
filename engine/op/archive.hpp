// Operations, catalogs and values as bytes: which fields each has, said once, for the fingerprint and for the answers a
// journal keeps. Private to this room. The order of fields is part of what a journal stores: add at the end.
#pragma once

#include "engine/op/operation.hpp"
#include "engine/op/target.hpp"

#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace vm::op::archive {

template<class T>
inline constexpr bool is_variant = false;
template<class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

/// A value of T to be filled; types whose names cannot be empty start with a placeholder.
template<class T>
T blank() {
  if constexpr (is_variant<T>)
    return T{blank<std::variant_alternative_t<0, T>>()};
  else if constexpr (std::is_same_v<T, Identifier>)
    return Identifier{"?"};
  else if constexpr (std::is_same_v<T, TableName>)
    return TableName{std::nullopt, Identifier{"?"}};
  else if constexpr (std::is_same_v<T, schema::Column>)
    return schema::Column{.name = blank<Identifier>(), .type = schema::Integer{}};
  else if constexpr (std::is_same_v<T, schema::Table> || std::is_same_v<T, schema::View> ||
                     std::is_same_v<T, schema::EnumType> || std::is_same_v<T, schema::Sequence> ||
                     std::is_same_v<T, schema::Function> || std::is_same_v<T, schema::Enum>)
    return T{.name = blank<TableName>()};
  else if constexpr (std::is_same_v<T, schema::Trigger>)
    return T{.name = blank<Identifier>(), .table = blank<TableName>()};
  else if constexpr (std::is_same_v<T, schema::IndexElement>)
    return T{.what = blank<Identifier>()};
  else if constexpr (std::is_same_v<T, schema::ForeignKey>)
    return T{.referent = blank<TableName>()};
  else if constexpr (requires { typename T::first_type; })
    return T{blank<typename T::first_type>(), blank<typename T::second_type>()};
  else
    return T{};
}

// --- which fields a struct has; an archive is called with all of them ---

template<class A>
void fields(A&, Null&) {}
template<class A>
void fields(A& a, Decimal& v) {
  a(v.text);
}
template<class A>
void fields(A& a, Bytes& v) {
  a(v.data);
}
template<class A>
void fields(A& a, Array& v) {
  a(v.elements);
}
template<class A>
void fields(A& a, TableName& v) {
  a(v.schema, v.name);
}
template<class A, class T>
requires std::is_empty_v<T>
void fields(A&, T&) {}
template<class A>
void fields(A& a, schema::Numeric& v) {
  a(v.precision, v.scale);
}
template<class A>
void fields(A& a, schema::String& v) {
  a(v.length);
}
template<class A>
void fields(A& a, schema::Char& v) {
  a(v.length);
}
template<class A>
void fields(A& a, schema::Binary& v) {
  a(v.length);
}
template<class A>
void fields(A& a, schema::Time& v) {
  a(v.timezone, v.precision);
}
template<class A>
void fields(A& a, schema::Timestamp& v) {
  a(v.timezone, v.precision);
}
template<class A>
void fields(A& a, schema::Json& v) {
  a(v.binary);
}
template<class A>
void fields(A& a, schema::Enum& v) {
  a(v.name, v.values, v.create_type);
}
template<class A>
void fields(A& a, schema::PostgresType& v) {
  a(v.name);
}
template<class A>
void fields(A& a, schema::Raw& v) {
  a(v.text);
}
template<class A>
void fields(A& a, schema::Array& v) {
  a(v.element);
}
template<class A>
void fields(A& a, schema::Expression& v) {
  a(v.sql);
}
template<class A>
void fields(A& a, schema::PrimaryKey& v) {
  a(v.name, v.columns);
}
template<class A>
void fields(A& a, schema::UniqueConstraint& v) {
  a(v.name, v.columns, v.deferral, v.nulls_not_distinct);
}
template<class A>
void fields(A& a, schema::ForeignKey& v) {
  a(v.name, v.columns, v.referent, v.referent_columns, v.ondelete, v.onupdate, v.match, v.deferral, v.not_valid);
}
template<class A>
void fields(A& a, schema::CheckConstraint& v) {
  a(v.name, v.condition, v.not_valid);
}
template<class A>
void fields(A& a, schema::ExcludeConstraint& v) {
  a(v.name, v.elements, v.using_method, v.where, v.deferral);
}
template<class A>
void fields(A& a, schema::Computed& v) {
  a(v.expression, v.persisted);
}
template<class A>
void fields(A& a, schema::Identity& v) {
  a(v.always, v.start, v.increment, v.minimum, v.maximum, v.cache, v.cycle);
}
template<class A>
void fields(A& a, schema::Column& v) {
  a(v.name, v.type, v.nullable, v.primary_key, v.unique, v.index, v.autoincrement, v.server_default, v.comment,
    v.references, v.check, v.computed, v.identity, v.collation, v.options, v.renamed_from);
}
template<class A>
void fields(A& a, schema::IndexElement& v) {
  a(v.what, v.descending, v.nulls_first, v.operator_class, v.length, v.collation);
}
template<class A>
void fields(A& a, schema::Index& v) {
  a(v.name, v.elements, v.unique, v.nulls_not_distinct, v.where, v.using_method, v.include, v.with, v.options);
}
template<class A>
void fields(A& a, schema::Table& v) {
  a(v.name, v.columns, v.constraints, v.indexes, v.comment, v.options, v.renamed_from);
}
template<class A>
void fields(A& a, schema::View& v) {
  a(v.name, v.definition, v.materialized);
}
template<class A>
void fields(A& a, schema::EnumType& v) {
  a(v.name, v.values);
}
template<class A>
void fields(A& a, schema::Sequence& v) {
  a(v.name, v.type, v.start, v.increment, v.minimum, v.maximum, v.cache, v.cycle);
}
template<class A>
void fields(A& a, schema::Trigger& v) {
  a(v.name, v.table, v.definition);
}
template<class A>
void fields(A& a, schema::Function& v) {
  a(v.name, v.arguments, v.definition, v.procedure);
}
template<class A>
void fields(A& a, schema::Extension& v) {
  a(v.name, v.version);
}
template<class A>
void fields(A& a, schema::Catalog& v) {
  a(v.tables, v.views, v.enums, v.sequences, v.triggers, v.functions, v.extensions, v.schemas);
}
template<class A>
void fields(A& a, InspectScope& v) {
  a(v.tables, v.tables_only, v.schema);
}

template<class A>
void fields(A& a, CreateTable& v) {
  a(v.table, v.if_not_exists, v.temporary);
}
template<class A>
void fields(A& a, DropTable& v) {
  a(v.table, v.if_exists, v.cascade);
}
template<class A>
void fields(A& a, RenameTable& v) {
  a(v.table, v.new_name);
}
template<class A>
void fields(A& a, AddColumn& v) {
  a(v.table, v.column, v.if_not_exists, v.insert_before, v.insert_after);
}
template<class A>
void fields(A& a, DropColumn& v) {
  a(v.table, v.column, v.if_exists, v.cascade);
}
template<class A, class T>
void fields(A& a, Change<T>& v) {
  a(v.value);
}
template<class A>
void fields(A& a, AlterColumn& v) {
  a(v.table, v.column, v.type, v.nullable, v.server_default, v.new_column_name, v.comment, v.using_expression,
    v.autoincrement, v.computed, v.identity, v.collation, v.insert_before, v.insert_after, v.existing_type,
    v.existing_nullable, v.existing_server_default, v.existing_comment, v.existing_autoincrement, v.options);
}
template<class A>
void fields(A& a, CreateIndex& v) {
  a(v.table, v.index, v.concurrently, v.if_not_exists);
}
template<class A>
void fields(A& a, DropIndex& v) {
  a(v.index, v.table, v.concurrently, v.if_exists, v.cascade);
}
template<class A>
void fields(A& a, CreatePrimaryKey& v) {
  a(v.table, v.constraint);
}
template<class A>
void fields(A& a, CreateUniqueConstraint& v) {
  a(v.table, v.constraint);
}
template<class A>
void fields(A& a, CreateForeignKey& v) {
  a(v.table, v.constraint);
}
template<class A>
void fields(A& a, CreateCheckConstraint& v) {
  a(v.table, v.constraint);
}
template<class A>
void fields(A& a, CreateExcludeConstraint& v) {
  a(v.table, v.constraint);
}
template<class A>
void fields(A& a, ValidateConstraint& v) {
  a(v.table, v.name);
}
template<class A>
void fields(A& a, DropConstraint& v) {
  a(v.table, v.name, v.kind, v.if_exists, v.cascade);
}
template<class A>
void fields(A& a, CreateTableComment& v) {
  a(v.table, v.comment);
}
template<class A>
void fields(A& a, DropTableComment& v) {
  a(v.table);
}
template<class A>
void fields(A& a, CreateSchema& v) {
  a(v.name, v.if_not_exists);
}
template<class A>
void fields(A& a, DropSchema& v) {
  a(v.name, v.if_exists, v.cascade);
}
template<class A>
void fields(A& a, CreateEnum& v) {
  a(v.name, v.values, v.if_not_exists);
}
template<class A>
void fields(A& a, DropEnum& v) {
  a(v.name, v.if_exists, v.cascade);
}
template<class A>
void fields(A& a, AlterEnum::Add& v) {
  a(v.value, v.before, v.after, v.if_not_exists);
}
template<class A>
void fields(A& a, AlterEnum& v) {
  a(v.name, v.add, v.rename, v.remove, v.tables);
}
template<class A>
void fields(A& a, CreateView& v) {
  a(v.name, v.definition, v.columns, v.replace, v.if_not_exists, v.materialized, v.with_data, v.options);
}
template<class A>
void fields(A& a, DropView& v) {
  a(v.name, v.if_exists, v.cascade, v.materialized);
}
template<class A>
void fields(A& a, RefreshMaterializedView& v) {
  a(v.name, v.concurrently);
}
template<class A>
void fields(A& a, CreateFunction& v) {
  a(v.name, v.arguments, v.returns, v.language, v.body, v.replace, v.procedure, v.options);
}
template<class A>
void fields(A& a, DropFunction& v) {
  a(v.name, v.arguments, v.if_exists, v.cascade, v.procedure);
}
template<class A>
void fields(A& a, CreateTrigger& v) {
  a(v.name, v.table, v.timing, v.events, v.level, v.when, v.body, v.if_not_exists, v.replace);
}
template<class A>
void fields(A& a, DropTrigger& v) {
  a(v.name, v.table, v.if_exists, v.cascade);
}
template<class A>
void fields(A& a, CreateSequence& v) {
  a(v.name, v.type, v.start, v.increment, v.minimum, v.maximum, v.cache, v.cycle, v.if_not_exists, v.owned_by);
}
template<class A>
void fields(A& a, DropSequence& v) {
  a(v.name, v.if_exists, v.cascade);
}
template<class A>
void fields(A& a, CreateExtension& v) {
  a(v.name, v.schema, v.version, v.if_not_exists, v.cascade);
}
template<class A>
void fields(A& a, DropExtension& v) {
  a(v.name, v.if_exists, v.cascade);
}
template<class A>
void fields(A& a, BulkInsert& v) {
  a(v.table, v.columns, v.rows, v.on_conflict);
}
template<class A>
void fields(A& a, Insert& v) {
  a(v.table, v.values);
}
template<class A>
void fields(A& a, Update& v) {
  a(v.table, v.set, v.where, v.parameters);
}
template<class A>
void fields(A& a, Delete& v) {
  a(v.table, v.where, v.parameters);
}
template<class A>
void fields(A& a, ExecuteSql& v) {
  a(v.texts, v.parameters);
}
template<class A>
void fields(A& a, BatchAlterTable& v) {
  a(v.table, v.recreate, v.operations, v.options);
}

/// Writes to anything with `bytes(void const*, std::size_t)`.
template<class Out>
class Writer {
 public:
  explicit Writer(Out& out) : out_{out} {}

  template<class... T>
  void operator()(T const&... values) {
    (write(values), ...);
  }

 private:
  template<class T>
  void raw(T const& value) {
    out_.bytes(&value, sizeof value);
  }
  void write(std::string const& text) {
    raw(static_cast<std::uint64_t>(text.size()));
    out_.bytes(text.data(), text.size());
  }
  void write(Identifier const& name) { write(name.text()); }
  template<class T>
  void write(std::optional<T> const& value) {
    raw(value.has_value());
    if (value) write(*value);
  }
  template<class T>
  void write(std::vector<T> const& values) {
    raw(static_cast<std::uint64_t>(values.size()));
    for (auto const& value : values) write(value);
  }
  template<class K, class T>
  void write(std::map<K, T> const& values) {
    raw(static_cast<std::uint64_t>(values.size()));
    for (auto const& [key, value] : values) (*this)(key, value);
  }
  template<class K, class T>
  void write(std::pair<K, T> const& value) {
    (*this)(value.first, value.second);
  }
  template<class... T>
  void write(std::variant<T...> const& value) {
    raw(static_cast<std::uint8_t>(value.index()));
    std::visit([this](auto const& held) { this->write(held); }, value);
  }
  template<class T>
  void write(T const& value) {
    if constexpr (std::is_arithmetic_v<T>)
      raw(value);
    else if constexpr (std::is_enum_v<T>)
      raw(static_cast<std::int32_t>(value));
    else
      fields(*this, const_cast<T&>(value)); // a writer only reads; the list of fields is the reader's as well
  }

  Out& out_;
};

/// Reads what a Writer wrote; throws std::out_of_range where the bytes end early.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_{bytes} {}

  template<class... T>
  void operator()(T&... values) {
    (read(values), ...);
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) throw std::out_of_range{"the record ends early"};
    auto const taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  template<class T>
  T raw() {
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  void read(std::string& text) { text = take(raw<std::uint64_t>()); }
  void read(Identifier& name) {
    std::string text;
    read(text);
    name = Identifier{std::move(text)};
  }
  template<class T>
  void read(std::optional<T>& value) {
    value.reset();
    if (!raw<bool>()) return;
    value = blank<T>();
    read(*value);
  }
  template<class T>
  void read(std::vector<T>& values) {
    values.clear();
    auto left = raw<std::uint64_t>();
    for (; left > 0; --left) {
      values.push_back(blank<T>());
      read(values.back());
    }
  }
  template<class K, class T>
  void read(std::map<K, T>& values) {
    values.clear();
    for (auto left = raw<std::uint64_t>(); left > 0; --left) {
      auto key = blank<K>();
      auto value = blank<T>();
      (*this)(key, value);
      values.emplace(std::move(key), std::move(value));
    }
  }
  template<class K, class T>
  void read(std::pair<K, T>& value) {
    (*this)(value.first, value.second);
  }
  template<std::size_t I = 0, class... T>
  void read(std::variant<T...>& value) {
    auto const index = raw<std::uint8_t>();
    read_alternative<0>(value, index);
  }
  template<std::size_t I, class... T>
  void read_alternative(std::variant<T...>& value, std::size_t index) {
    if constexpr (I < sizeof...(T)) {
      if (index != I) return read_alternative<I + 1>(value, index);
      auto held = blank<std::variant_alternative_t<I, std::variant<T...>>>();
      read(held);
      value = std::move(held);
    } else {
      throw std::out_of_range{"the record holds an unknown kind"};
    }
  }
  template<class T>
  void read(T& value) {
    if constexpr (std::is_arithmetic_v<T>)
      value = raw<T>();
    else if constexpr (std::is_enum_v<T>)
      value = static_cast<T>(raw<std::int32_t>());
    else
      fields(*this, value);
  }

  std::string_view bytes_;
};

} // namespace vm::op::archive

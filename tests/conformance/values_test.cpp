// Values keep their meaning: random values of every type are read by a migration and written back by UPDATE and by
// op.bulk_insert, and the database itself compares. The seed is fixed and printed; VM_TEST_VALUES_SEED chooses another,
// VM_TEST_VALUES_ROWS more rows than 60.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <random>

using namespace vm;
using namespace vm::test;

namespace {

using Random = std::mt19937_64;

std::uint64_t setting(char const* variable, std::uint64_t normal) {
  char const* const text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? normal : std::strtoull(text, nullptr, 10);
}

std::uint64_t below(Random& random, std::uint64_t limit) {
  return std::uniform_int_distribution<std::uint64_t>{0, limit - 1}(random);
}

/// A column and what stands in it, as SQL. The first rows hold `edges`, the others what `make` says; some are NULL.
struct Kind {
  std::string name, type;
  std::vector<std::string> edges;
  std::function<std::string(Random&)> make;
  std::string compared = "{}"; ///< what is compared, beside the value itself
};

std::string quoted(std::string const& text) {
  return "'" + text + "'";
}

std::string hex_of(std::string_view data) {
  std::string text;
  for (unsigned char const c : data) text += fmt::format("{:02x}", c);
  return text;
}

std::string random_bytes(Random& random, std::size_t length) {
  std::string data(length, '\0');
  for (auto& c : data) c = static_cast<char>(below(random, 256));
  return data;
}

void append_utf8(std::string& text, std::uint32_t point) {
  auto const add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | point >> 6);
    add(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3F));
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  }
}

bool is_surrogate(std::uint32_t point) {
  return point >= 0xD800 && point <= 0xDFFF;
}

/// Code points of every size, and often those with a meaning somewhere: quotes, backslashes, line ends, `:name`, `?`.
std::string random_text(Random& random, std::size_t length) {
  constexpr std::string_view special = "'\"\\\r\n\t:?$%_{}[](),;-#`/* \x01\x7f";
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    std::uint32_t point = 0;
    switch (below(random, 4)) {
    case 0: point = static_cast<unsigned char>(special[below(random, special.size())]); break;
    case 1: point = static_cast<std::uint32_t>(1 + below(random, 0x7F)); break;
    case 2: point = static_cast<std::uint32_t>(1 + below(random, 0xFFFF)); break;
    default: point = static_cast<std::uint32_t>(1 + below(random, 0x10FFFF));
    }
    append_utf8(text, is_surrogate(point) ? 0x2028 : point);
  }
  return text;
}

std::string digits(Random& random, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('0' + below(random, 10));
  return text;
}

/// Up to so many digits on either side of the point.
std::string random_decimal(Random& random, std::size_t whole, std::size_t fraction) {
  auto text = (below(random, 2) == 0 ? "-" : "") + digits(random, 1 + below(random, whole));
  if (fraction > 0 && below(random, 4) != 0) text += "." + digits(random, 1 + below(random, fraction));
  return text;
}

std::string random_double(Random& random) {
  while (true) {
    auto const bits = random();
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    if (std::isfinite(number) && std::fpclassify(number) != FP_SUBNORMAL) return fmt::format("{}", number);
  }
}

std::string random_integer(Random& random, int bits) {
  auto const number = static_cast<std::int64_t>(random()) >> (64 - bits);
  return std::to_string(number >> below(random, static_cast<std::uint64_t>(bits)));
}

std::string random_date(Random& random, int first_year = 1) {
  return fmt::format("{:04}-{:02}-{:02}", first_year + static_cast<int>(below(random, 9998 - first_year)),
                     1 + below(random, 12), 1 + below(random, 28));
}

std::string random_time(Random& random) {
  return fmt::format("{:02}:{:02}:{:02}.{}", below(random, 24), below(random, 60), below(random, 60),
                     digits(random, 6));
}

std::string random_uuid(Random& random) {
  auto hex = hex_of(random_bytes(random, 16));
  hex[12] = '4'; // MariaDB stores only what has a version and a variant
  hex[16] = '8';
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20));
}

std::string random_json(Random& random, int depth = 0) {
  switch (below(random, depth > 2 ? 4 : 6)) {
  case 0: return random_decimal(random, 12, 8) == "" ? "0" : std::to_string(static_cast<std::int64_t>(random()));
  case 1: return "null";
  case 2: return below(random, 2) == 0 ? "true" : "1.50";
  case 3: return "\"text \\u00e9 \\\" \\\\ \xf0\x9f\x98\x80 " + digits(random, 3) + "\"";
  case 4: {
    std::string text = "[";
    for (auto left = below(random, 4); left > 0; --left)
      text += random_json(random, depth + 1) + (left > 1 ? ", " : "");
    return text + "]";
  }
  default: {
    std::string text = "{";
    for (auto left = below(random, 4); left > 0; --left)
      text += fmt::format("\"k{} \":  {}{}", left, random_json(random, depth + 1), left > 1 ? "," : "");
    return text + "}";
  }
  }
}

std::function<std::string(Random&)> integers(int bits) {
  return [bits](Random& random) { return random_integer(random, bits); };
}

std::size_t random_length(Random& random, std::size_t most) {
  return below(random, 3) == 0 ? below(random, most) : below(random, std::min<std::size_t>(most, 12));
}

// --- SQLite ---

std::vector<Kind> sqlite_kinds() {
  auto const text = [](std::string const& value) { return fmt::format("CAST(x'{}' AS TEXT)", hex_of(value)); };
  auto const bytes = [](std::string const& value) { return fmt::format("x'{}'", hex_of(value)); };
  return {
      {"big",
       "BIGINT",
       {"9223372036854775807", "(-9223372036854775807 - 1)", "9007199254740993", "-9007199254740993", "0"},
       integers(64)},
      {"small", "SMALLINT", {"-32768", "32767"}, integers(16)},
      {"exact",
       "NUMERIC(12, 4)",
       {"0.1", "-12.5", "99999999.9999", "9223372036854775807", "1e20"},
       [](Random& random) { return random_decimal(random, 8, 4); }},
      {"money",
       "DECIMAL(20, 2)",
       {"12.30", "100", "0.01", "-0.01"},
       [](Random& random) { return random_decimal(random, 12, 2); }},
      {"number",
       "DOUBLE",
       {"0.1", "-0.0", "1e308", "5e-324", "9e999", "-9e999", "1.0", "9007199254740993.0"},
       random_double},
      {"flag", "BOOLEAN", {"1", "0"}, [](Random& random) { return std::to_string(below(random, 2)); }},
      {"words",
       "TEXT",
       {"''", text(std::string{"a\0b", 3}), text(std::string(1, '\0')), "'NULL'", "'12'", "'1e5'"},
       [text](Random& random) { return text(random_text(random, random_length(random, 300))); }},
      {"short",
       "VARCHAR(20)",
       {"''", "'  padded  '"},
       [text](Random& random) { return text(random_text(random, below(random, 20))); }},
      {"data",
       "BLOB",
       {"x''", "x'00'", "x'000000'", "x'ff00ff'"},
       [bytes](Random& random) { return bytes(random_bytes(random, random_length(random, 600))); }},
      {"day", "DATE", {"'0001-01-01'", "'9999-12-31'"}, [](Random& random) { return quoted(random_date(random)); }},
      {"at",
       "DATETIME",
       {"'2024-02-29 23:59:59.999999'", "'2024-02-29T23:59:59.123456+05:30'"},
       [](Random& random) { return quoted(random_date(random) + " " + random_time(random)); }},
      {"id_text",
       "UUID",
       {"'00000000-0000-0000-0000-000000000000'"},
       [](Random& random) { return quoted("a" + random_uuid(random)); }},
      {"document",
       "JSON",
       {"'{}'", "'[]'", "'null'", "'\"x\"'"},
       [](Random& random) { return quoted(random_json(random)); }},
      {"anything",
       "",
       {"1", "'1'", "x'ff'", "1.5"},
       [text, bytes](Random& random) {
         switch (below(random, 4)) {
         case 0: return random_integer(random, 64);
         case 1: return random_double(random);
         case 2: return text(random_text(random, 5));
         default: return bytes("\xff" + random_bytes(random, 5)); // what may be text is text in a column without a type
         }
       },
       "quote({})"},
  };
}

// --- PostgreSQL ---

std::string pg_array(Random& random, std::function<std::string(Random&)> const& element, int depth = 0) {
  auto const count = below(random, 4);
  if (depth == 0 && count == 0) return "'{}'";
  std::string text = depth == 0 ? "ARRAY[" : "[";
  bool const nested = depth < 2 && below(random, 3) == 0;
  if (nested) {
    // Every sub-array must have the same dimensions.
    auto const inner = 1 + below(random, 3);
    for (std::uint64_t i = 0; i <= count; ++i) {
      text += i == 0 ? "[" : ", [";
      for (std::uint64_t j = 0; j < inner; ++j)
        text += (j == 0 ? "" : ", ") + (below(random, 5) == 0 ? "NULL" : element(random));
      text += "]";
    }
    return text + "]";
  }
  for (std::uint64_t i = 0; i <= count; ++i)
    text += (i == 0 ? "" : ", ") + (below(random, 5) == 0 ? "NULL" : element(random));
  return text + "]";
}

std::vector<Kind> postgresql_kinds() {
  auto const text = [](std::string const& value) {
    return fmt::format("convert_from('\\x{}', 'UTF8')", hex_of(value));
  };
  auto const any_text = [text](Random& random) { return text(random_text(random, random_length(random, 300))); };
  auto const bytes = [](Random& random) {
    return fmt::format("'\\x{}'::bytea", hex_of(random_bytes(random, random_length(random, 600))));
  };
  auto const number = [](Random& random) { return random_decimal(random, 40, 30); };
  auto const moment = [](Random& random) {
    return quoted(
        random_date(random) + " " + random_time(random) +
        fmt::format("{}{:02}:{:02}", below(random, 2) == 0 ? "+" : "-", below(random, 14), 15 * below(random, 4)));
  };
  auto const cast = [](std::string const& type, std::function<std::string(Random&)> const& make) {
    return [type, make](Random& random) { return make(random) + "::" + type; };
  };
  auto const array = [](std::string const& type, std::function<std::string(Random&)> const& make) {
    return [type, make](Random& random) { return pg_array(random, make) + "::" + type + "[]"; };
  };
  std::string const special_text = "ARRAY['NULL', 'null', '', ' ', '\"', '\\', '{', '}', ',', E'a\\nb', NULL]";
  return {
      {"small", "smallint", {"-32768", "32767"}, integers(16)},
      {"whole", "integer", {"-2147483648", "2147483647"}, integers(32)},
      {"big",
       "bigint",
       {"9223372036854775807", "-9223372036854775808", "9007199254740993", "-9007199254740993"},
       integers(64)},
      {"exact",
       "numeric",
       {"0", "0.00", "'NaN'", "'Infinity'", "'-Infinity'", "1e200", "-1e-200", "1.50", "100"},
       number},
      {"money_",
       "numeric(20, 5)",
       {"0.00001", "-123456789012345.12345"},
       [](Random& random) { return random_decimal(random, 15, 5); }},
      {"single",
       "real",
       {"'NaN'", "'Infinity'", "'-0'", "0.1", "3.4028235e38", "1e-45"},
       [](Random& random) { return random_decimal(random, 6, 6); }},
      {"double_",
       "double precision",
       {"'NaN'", "'-Infinity'", "'-0'", "0.1", "1.7976931348623157e308", "5e-324", "9007199254740993"},
       random_double},
      {"flag", "boolean", {"true", "false"}, [](Random& random) { return below(random, 2) == 0 ? "true" : "false"; }},
      {"words", "text", {"''", "'NULL'", "'\\N'", "E'\\\\x41'", "':a ?'"}, any_text},
      {"short",
       "varchar(20)",
       {"''", "'  a  '"},
       [text](Random& random) { return text(random_text(random, below(random, 20))); }},
      {"fixed",
       "char(8)",
       {"''", "'a'", "'  a'"},
       [](Random& random) { return quoted(digits(random, below(random, 8))); },
       "{}::text"},
      {"data", "bytea", {"''", "'\\x00'", "'\\x000000'", "'\\x5c785c'"}, bytes},
      {"day",
       "date",
       {"'infinity'", "'-infinity'", "'0001-01-01'", "'9999-12-31'", "'4713-01-01 BC'", "'12345-01-02'"},
       [](Random& random) { return quoted(random_date(random)); }},
      {"clock",
       "time",
       {"'00:00:00.000001'", "'24:00:00'"},
       [](Random& random) { return quoted(random_time(random)); }},
      {"clock_zone",
       "timetz",
       {"'23:59:59.999999+15:59'", "'00:00:00-13:30'"},
       [](Random& random) { return quoted(random_time(random) + fmt::format("+{:02}:30", below(random, 14))); }},
      {"at",
       "timestamp",
       {"'infinity'", "'2024-02-29 23:59:59.999999'", "'0044-03-15 12:00:00 BC'"},
       [](Random& random) { return quoted(random_date(random) + " " + random_time(random)); }},
      {"at_zone",
       "timestamptz",
       {"'-infinity'", "'2024-02-29 23:59:59.000001+00'", "'1890-01-01 00:00:00+00:17:30'"},
       moment},
      {"span",
       "interval",
       {"'1 year -3 days 04:05:06.000007'", "'-1 mons'", "'0'", "'178000000 years'"},
       [](Random& random) {
         return fmt::format("'{} months {} days {}:{}:{}.{}'", random_integer(random, 10), random_integer(random, 12),
                            below(random, 500), below(random, 60), below(random, 60), digits(random, 6));
       }},
      {"uuid_",
       "uuid",
       {"'00000000-0000-0000-0000-000000000000'"},
       [](Random& random) { return quoted(random_uuid(random)); }},
      {"json_",
       "json",
       {"'{\"a\": 1,  \"a\": 2}'", "'null'", "'[]'", "' 1 '"},
       [](Random& random) { return quoted(random_json(random)); },
       "{}::text"},
      {"jsonb_",
       "jsonb",
       {"'null'", "'[]'", "'12345678901234567890.123'"},
       [](Random& random) { return quoted(random_json(random)); }},
      {"mood",
       "mood",
       {"'sad'", "'it''s \"ok\"'", "'a,b'"},
       [](Random& random) { return below(random, 2) == 0 ? "'happy'" : "'a,b'"; }},
      {"ints",
       "integer[]",
       {"'{}'", "ARRAY[NULL]::integer[]", "ARRAY[[1,NULL],[3,4]]"},
       array("integer", integers(32))},
      {"bigs", "bigint[]", {"ARRAY[9223372036854775807, -9223372036854775808, NULL]"}, array("bigint", integers(64))},
      {"exacts", "numeric[]", {"ARRAY['NaN', 1.50, NULL]::numeric[]"}, array("numeric", number)},
      {"doubles",
       "double precision[]",
       {"ARRAY['NaN', 'Infinity', '-0', 0.1]::double precision[]"},
       array("double precision", random_double)},
      {"texts", "text[]", {special_text, "ARRAY[" + special_text + "]"}, array("text", any_text)},
      {"blobs", "bytea[]", {"ARRAY['\\x00', '', NULL, '\\x5c']::bytea[]"}, array("bytea", bytes)},
      {"flags",
       "boolean[]",
       {"ARRAY[true, NULL, false]"},
       array("boolean", [](Random& random) { return below(random, 2) == 0 ? "true" : "false"; })},
      {"moments",
       "timestamptz[]",
       {"ARRAY['infinity', NULL]::timestamptz[]"},
       array("timestamptz", cast("timestamptz", moment))},
      {"moods",
       "mood[]",
       {"ARRAY['a,b', NULL, 'it''s \"ok\"']::mood[]"},
       array("mood", [](Random&) { return "'happy'::mood"; })},
      {"documents",
       "jsonb[]",
       {"ARRAY['{\"a\": [1, \"x\"]}', NULL]::jsonb[]"},
       array("jsonb", [](Random& random) { return quoted(random_json(random)) + "::jsonb"; })},
      {"boxes", "box[]", {"'{(1,1),(0,0);(3,3),(2,2)}'"}, [](Random&) { return "'{(2,2),(1,1)}'"; }, "{}::text"},
      {"numbers",
       "int4range",
       {"'empty'", "'[1,)'", "'(,)'"},
       [](Random& random) { return fmt::format("int4range({}, NULL)", random_integer(random, 31)); }},
      {"period",
       "tstzrange",
       {"'empty'", "'[2024-01-01 00:00:00.000001+00,infinity)'"},
       [moment](Random& random) { return fmt::format("tstzrange({}, NULL, '(]')", moment(random)); }},
      {"periods", "int4multirange", {"'{}'", "'{[1,3),[5,)}'"}, [](Random&) { return "'{[7,9)}'"; }},
      {"ranges",
       "int4range[]",
       {"ARRAY['[1,3)', NULL, 'empty']::int4range[]"},
       [](Random&) { return "ARRAY['[7,9)']::int4range[]"; }},
      {"net",
       "inet",
       {"'::1'", "'10.1.2.3/8'"},
       [](Random& random) { return fmt::format("'10.{}.{}.1'", below(random, 256), below(random, 256)); }},
      {"bits",
       "bit varying(70)",
       {"''", "B'101'"},
       [](Random& random) { return fmt::format("B'{:b}'", below(random, 1u << 20)); }},
      {"lexemes",
       "tsvector",
       {"''", "'a:1A ''it''''s'':2'"},
       [](Random&) { return "to_tsvector('english', 'a fat cat')"; }},
      {"place",
       "point",
       {"'(0.1,-1e300)'"},
       [](Random& random) { return fmt::format("point({}, 1)", below(random, 100)); },
       "{}::text"},
      {"pair",
       "pair",
       {"ROW(1, 'a,\"b')::pair", "ROW(NULL, NULL)::pair", "ROW(2, '')::pair"},
       [](Random& random) { return fmt::format("ROW({}, 'x')::pair", below(random, 100)); }},
      {"pairs",
       "pair[]",
       {"ARRAY[ROW(1, 'a,\"b\\')::pair, NULL]"},
       [](Random&) { return "ARRAY[ROW(3, '{x}')::pair]"; }},
      {"positive", "positive", {"1"}, [](Random& random) { return std::to_string(1 + below(random, 1000)); }},
      {"tags", "tag_list", {"ARRAY['a', 'b,c']::tag_list"}, [](Random&) { return "ARRAY['x']::tag_list"; }},
  };
}

// --- MariaDB ---

std::vector<Kind> mariadb_kinds() {
  auto const text = [](std::string const& value) { return fmt::format("CONVERT(x'{}' USING utf8mb4)", hex_of(value)); };
  auto const any_text = [text](Random& random) { return text(random_text(random, random_length(random, 300))); };
  auto const bytes = [](std::string const& value) { return fmt::format("x'{}'", hex_of(value)); };
  std::string const exactly = "hex({})";
  return {
      {"tiny", "TINYINT", {"-128", "127"}, integers(8)},
      {"small", "SMALLINT", {"-32768", "32767"}, integers(16)},
      {"whole", "INT", {"-2147483648", "2147483647"}, integers(32)},
      {"big",
       "BIGINT",
       {"9223372036854775807", "-9223372036854775808", "9007199254740993", "-9007199254740993"},
       integers(64)},
      {"unsigned_",
       "BIGINT UNSIGNED",
       {"18446744073709551615", "9223372036854775808", "0"},
       [](Random& random) { return std::to_string(random()); }},
      {"exact",
       "DECIMAL(65, 30)",
       {"0", "0.000000000000000000000000000001", "-99999999999999999999999999999999999.999999999999999999999999999999"},
       [](Random& random) { return random_decimal(random, 35, 30); }},
      {"money",
       "DECIMAL(20, 5)",
       {"0.00001", "-123456789012345.12345"},
       [](Random& random) { return random_decimal(random, 15, 5); }},
      {"single",
       "FLOAT",
       {"0.1", "3.40282e38", "-0.0"},
       [](Random& random) { return random_decimal(random, 6, 6); },
       "CAST({} AS DOUBLE)"},
      {"number", "DOUBLE", {"0.1", "-0.0", "1.7976931348623157e308", "5e-300", "9007199254740993"}, random_double},
      {"flag", "BOOLEAN", {"TRUE", "FALSE"}, [](Random& random) { return std::to_string(below(random, 2)); }},
      {"words", "LONGTEXT", {"''", "x'00'", "x'610062'", "'NULL'"}, any_text, exactly},
      {"short",
       "VARCHAR(20)",
       {"''", "'  a  '", "'\\\\'"},
       [text](Random& random) { return text(random_text(random, below(random, 20))); },
       exactly},
      {"fixed",
       "CHAR(8)",
       {"''", "'a'"},
       [](Random& random) { return quoted(digits(random, below(random, 8))); },
       exactly},
      {"data",
       "LONGBLOB",
       {"x''", "x'00'", "x'000000'", "x'27225c'"},
       [bytes](Random& random) { return bytes(random_bytes(random, random_length(random, 600))); },
       exactly},
      {"raw",
       "BINARY(8)",
       {"x''", "x'0000000000000000'", "x'41'"},
       [bytes](Random& random) { return bytes(random_bytes(random, 8)); },
       exactly},
      {"various",
       "VARBINARY(300)",
       {"x''", "x'00ff'"},
       [bytes](Random& random) { return bytes(random_bytes(random, below(random, 300))); },
       exactly},
      {"day",
       "DATE",
       {"'1000-01-01'", "'9999-12-31'"},
       [](Random& random) { return quoted(random_date(random, 1000)); }},
      {"clock",
       "TIME(6)",
       {"'-838:59:59.000001'", "'838:59:59.999999'", "'-00:00:00.000001'", "'00:00:00'"},
       [](Random& random) { return quoted(random_time(random)); }},
      {"clock0",
       "TIME",
       {"'-00:30:00'", "'100:00:01'"},
       [](Random& random) { return quoted(random_time(random).substr(0, 8)); }},
      {"at",
       "DATETIME(6)",
       {"'1000-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'", "'2024-02-29 12:00:00.100000'"},
       [](Random& random) { return quoted(random_date(random, 1000) + " " + random_time(random)); }},
      {"at3",
       "DATETIME(3)",
       {"'2024-02-29 23:59:59.999'"},
       [](Random& random) { return quoted(random_date(random, 1000) + " 10:11:12." + digits(random, 3)); }},
      {"stamp",
       "TIMESTAMP(6) NULL",
       {"'1970-01-02 00:00:01'", "'2038-01-18 03:14:07.999999'"},
       [](Random& random) {
         return fmt::format("'20{:02}-0{}-1{} 11:{}.{}'", below(random, 37), 1 + below(random, 9), below(random, 10),
                            "12:13", digits(random, 6));
       }},
      {"year_",
       "YEAR",
       {"1901", "2155", "0"},
       [](Random& random) { return std::to_string(1901 + below(random, 200)); }},
      {"document",
       "JSON",
       {"'{}'", "'null'", "'{\"a\":  1}'"},
       [](Random& random) { return "'" + std::to_string(static_cast<std::int64_t>(random())) + "'"; },
       exactly},
      {"mood",
       "ENUM('sad', 'it''s', 'a,b', '')",
       {"'sad'", "'it''s'", "''"},
       [](Random&) { return "'a,b'"; },
       "{} + 0"},
      {"several", "SET('a', 'b', 'c')", {"''", "'a,c'"}, [](Random&) { return "'b,c'"; }, "{} + 0"},
      {"bits",
       "BIT(17)",
       {"b'0'", "b'11111111111111111'", "b'100000000'"},
       [](Random& random) { return fmt::format("b'{:b}'", below(random, 1u << 17)); },
       "{} + 0"},
      {"uuid_",
       "UUID",
       {"'00000000-0000-0000-0000-000000000000'"},
       [](Random& random) { return quoted(random_uuid(random)); }},
      {"net",
       "INET6",
       {"'::1'", "'::ffff:1.2.3.4'"},
       [](Random& random) { return fmt::format("'2001:db8::{:x}'", below(random, 65536)); }},
      {"place",
       "POINT",
       {"ST_GeomFromText('POINT(1.5 -2)')"},
       [](Random& random) { return fmt::format("ST_GeomFromText('POINT({} 0.1)')", below(random, 100)); },
       "hex({})"},
  };
}

std::vector<Kind> kinds_of(std::string const& dialect) {
  return dialect == "sqlite" ? sqlite_kinds() : dialect == "postgresql" ? postgresql_kinds() : mariadb_kinds();
}

std::string column_name(TestDatabase const& database, std::string const& name) {
  return database.dialect() == "mysql" ? "`" + name + "`" : "\"" + name + "\"";
}

std::int64_t count(db::Session& session, std::string const& query) {
  auto const value = session.scalar(query);
  REQUIRE(value);
  return std::get<std::int64_t>(*value);
}

constexpr char const* round_trip = R"lua(
function upgrade()
  local db = op.get_bind()
  local rows = {}
  for row in db:rows("SELECT * FROM source ORDER BY id", nil, { null = true }) do
    local values = {}
    for name, value in pairs(row) do
      if name ~= "id" then values[name] = value end
    end
    assert(op.update("updated", values, "id = :id", { id = row.id }).rows_affected == 1)
    rows[#rows + 1] = row
    if #rows == 7 then
      op.bulk_insert("inserted", rows)
      rows = {}
    end
  end
  op.bulk_insert("inserted", rows)
end
)lua";

} // namespace

TEST_CASE("values of every type survive reading and writing on every database") {
  auto const seed = setting("VM_TEST_VALUES_SEED", 20251021);
  auto const wanted = setting("VM_TEST_VALUES_ROWS", 60);
  MESSAGE("VM_TEST_VALUES_SEED=" << seed << " VM_TEST_VALUES_ROWS=" << wanted);
  on_every_database([&](TestDatabase const& database) {
    Random random{seed};
    auto const session = database.connect();
    auto const kinds = kinds_of(database.dialect());
    if (database.dialect() == "postgresql") {
      session->execute("CREATE TYPE mood AS ENUM ('sad', 'happy', 'it''s \"ok\"', 'a,b')");
      session->execute("CREATE TYPE pair AS (number integer, word text)");
      session->execute("CREATE DOMAIN positive AS integer CHECK (VALUE > 0)");
      session->execute("CREATE DOMAIN tag_list AS text[]");
    }
    if (database.dialect() == "mysql") session->execute("SET sql_mode = 'STRICT_ALL_TABLES'");
    std::string columns;
    for (auto const& kind : kinds) columns += fmt::format(", {} {}", column_name(database, kind.name), kind.type);
    for (auto const* table : {"source", "updated", "inserted"})
      session->execute(fmt::format("CREATE TABLE {} (id BIGINT PRIMARY KEY{})", table, columns));

    for (std::uint64_t row = 0; row < wanted; ++row) {
      auto values = std::to_string(row + 1);
      for (auto const& kind : kinds) {
        bool const is_null = row >= kind.edges.size() && below(random, 8) == 0;
        values += ", " + (is_null ? "NULL" : row < kind.edges.size() ? kind.edges[row] : kind.make(random));
      }
      auto const statement = fmt::format("INSERT INTO source VALUES ({})", values);
      CAPTURE(statement);
      REQUIRE_NOTHROW(session->execute(statement));
    }
    session->execute("INSERT INTO updated (id) SELECT id FROM source");

    TempProject const project{url_text(database.url())};
    project.migration("a1", "", round_trip);
    auto const up = project.vm({"run", "upgrade", "head"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);

    CHECK(count(*session, "SELECT count(*) FROM inserted") == static_cast<std::int64_t>(wanted));
    auto const same = database.dialect() == "mysql"    ? std::string{"{} <=> {}"}
                      : database.dialect() == "sqlite" ? std::string{"{} IS {}"}
                                                       : std::string{"{} IS NOT DISTINCT FROM {}"};
    for (auto const& kind : kinds) {
      auto const exact = kind.compared == "{}" ? database.dialect() == "postgresql" ? std::string{"{}::text"}
                                                 : database.dialect() == "sqlite"   ? std::string{"quote({})"}
                                                                                    : std::string{"concat({}, '')"}
                                               : kind.compared;
      for (std::string const table : {"updated", "inserted"}) {
        auto const before = fmt::format(fmt::runtime(exact), "s." + column_name(database, kind.name));
        auto const after = fmt::format(fmt::runtime(exact), "t." + column_name(database, kind.name));
        auto const differ = session->all(fmt::format(
            "SELECT s.id, {}, {} FROM source s JOIN {} t ON s.id = t.id WHERE NOT ({}) ORDER BY s.id LIMIT 3", before,
            after, table, fmt::format(fmt::runtime(same), before, after)));
        CAPTURE(table);
        CAPTURE(kind.name);
        for (auto const& row : differ)
          FAIL_CHECK("row " << doctest::toString(row[0]) << ": " << doctest::toString(row[1]) << " became "
                            << doctest::toString(row[2]));
      }
    }
  });
}

TEST_CASE("every code point and every length of text comes back") {
  on_every_database([](TestDatabase const& database) {
    auto const session = database.connect();
    bool const is_mariadb = database.dialect() == "mysql";
    session->execute(is_mariadb ? "CREATE TABLE texts (id BIGINT PRIMARY KEY, a LONGTEXT, b LONGTEXT)"
                                : "CREATE TABLE texts (id BIGINT PRIMARY KEY, a TEXT, b TEXT)");
    int id = 0;
    auto const add = [&](std::string const& text) {
      std::vector<Value> const values{std::int64_t{++id}, text};
      session->execute(database.dialect() == "postgresql" ? "INSERT INTO texts (id, a) VALUES ($1, $2)"
                                                          : "INSERT INTO texts (id, a) VALUES (?, ?)",
                       values);
    };
    session->execute(is_mariadb ? "START TRANSACTION" : "BEGIN");
    std::string text;
    std::uint32_t const first = database.dialect() == "postgresql" ? 1 : 0; // PostgreSQL stores no zero
    for (std::uint32_t point = first; point <= 0x10FFFF; ++point) {
      if (!is_surrogate(point)) append_utf8(text, point);
      if (point % 8192 == 8191) {
        add(text);
        text.clear();
      }
    }
    for (std::size_t const length :
         {0u, 1u, 254u, 255u, 256u, 257u, 511u, 4095u, 4096u, 65535u, 65536u, 70000u, 1000003u})
      add(std::string(length, 'x'));
    session->execute("COMMIT");

    TempProject const project{url_text(database.url())};
    project.migration("a1", "", R"lua(
function upgrade()
  local db = op.get_bind()
  for row in db:rows("SELECT id, a FROM texts") do
    db:execute("UPDATE texts SET b = :a WHERE id = :id", row)
  end
end)lua");
    auto const up = project.vm({"run", "upgrade", "head"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(count(*session, "SELECT count(*) FROM texts WHERE b IS NULL") == 0);
    CHECK(count(*session, is_mariadb ? "SELECT count(*) FROM texts WHERE CAST(a AS BINARY) <> CAST(b AS BINARY)"
                                     : "SELECT count(*) FROM texts WHERE a <> b") == 0);
  });
}

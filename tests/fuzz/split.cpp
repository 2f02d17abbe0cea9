// SQL texts: the tokens are the text, the statements lie in it in order, and a statement is one statement.
#include "engine/sql/split.hpp"

#include "engine/core/text.hpp"
#include "engine/dialect/mysql/dialect.hpp"
#include "engine/dialect/postgresql/dialect.hpp"
#include "engine/dialect/sqlite/dialect.hpp"
#include "engine/sql/lexer.hpp"
#include "engine/sql/nature.hpp"
#include "engine/sql/parameters.hpp"
#include "engine/sql/words.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <array>

using namespace vm;

namespace {

void check(std::string_view text, sql::Dialect const& dialect) {
  auto const& capabilities = dialect.capabilities();
  std::string tokens, words;
  sql::Lexer lexer{text, capabilities};
  for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    fuzz::require(!token.text.empty() && token.offset == tokens.size(), "a token has text and a place");
    tokens += token.text;
  }
  fuzz::require(tokens == text, "the tokens are the text");
  for (auto const& word : sql::all_words(text, capabilities)) words += word.text;
  fuzz::require(words == text, "the words are the text");
  dialect.must_run_outside_transaction(text);
  dialect.commits_implicitly(text);
  fuzz::accepts<UsageError>([&] { dialect.settlement(text); }); // a NUL byte that no literal can hold
  fuzz::accepts<UsageError>([&] { sql::bind(text, {{"name", std::string{"x"}}, {"id", true}}, dialect); });

  fuzz::accepts<UsageError>([&] {
    std::size_t end = 0;
    for (auto const& piece : sql::split(text, capabilities)) {
      fuzz::require(!piece.text.empty(), "a statement has text");
      fuzz::require(piece.offset >= end, "statements do not overlap");
      fuzz::require(text.substr(piece.offset, piece.text.size()) == piece.text, "a statement lies in the text");
      fuzz::require(piece.line == 1 + std::count(text.begin(), text.begin() + static_cast<long>(piece.offset), '\n'),
                    "a statement's line");
      end = piece.offset + piece.text.size();
      // A DELIMITER, COPY's rows and a byte order mark mean something else where a text begins.
      if (piece.is_copy || piece.text.starts_with("\xEF\xBB\xBF") || lower(text).find("delimiter") != std::string::npos)
        continue;
      fuzz::accepts<UsageError>([&] {
        auto const again = sql::split(piece.text, capabilities);
        // Two minus signs at its end are a comment once nothing follows them.
        fuzz::require(again.size() <= 1 && (again.empty() || piece.text.starts_with(again.front().text)),
                      "a statement is one statement", piece.text);
      });
    }
  });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static std::array const dialects{dialect::sqlite::make_dialect(nullptr), dialect::postgresql::make_dialect(nullptr),
                                   dialect::mysql::make_dialect(nullptr)};
  for (auto const& dialect : dialects) check(fuzz::text_of(data, size), *dialect);
  return 0;
}

#include "engine/sql/nature.hpp"

#include "engine/sql/words.hpp"

#include <algorithm>
#include <array>

namespace vm::sql {

namespace {

constexpr std::size_t looked_at = 4096; // long data statements need no further look

bool is_one_of(Word const& word, std::initializer_list<std::string_view> texts) {
  return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) { return word.is(text); });
}

bool has(std::span<Word const> tokens, std::initializer_list<std::string_view> texts) {
  return std::any_of(tokens.begin(), tokens.end(), [&](Word const& word) { return is_one_of(word, texts); });
}

std::vector<Word> first_words(std::string_view statement, Capabilities const& capabilities) {
  auto tokens = words(statement.substr(0, looked_at), capabilities);
  while (!tokens.empty() && tokens.front().is("(")) tokens.erase(tokens.begin());
  return tokens;
}

} // namespace

bool is_read(std::string_view statement, Capabilities const& capabilities) {
  auto const tokens = first_words(statement, capabilities);
  if (tokens.empty()) return true;
  if (is_one_of(tokens.front(), {"SHOW", "DESCRIBE", "DESC", "VALUES", "TABLE", "PRAGMA"})) return true;
  if (tokens.front().is("SELECT")) return !has(tokens, {"INTO"});
  if (tokens.front().is("EXPLAIN")) return !has(tokens, {"ANALYZE", "ANALYSE"});
  if (!tokens.front().is("WITH")) return false;
  return !has(words(statement, capabilities), {"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"});
}

bool is_session_setting(std::string_view statement, Capabilities const& capabilities) {
  auto const tokens = first_words(statement, capabilities);
  if (tokens.empty()) return false;
  if (tokens.front().is("SET")) {
    return tokens.size() > 1 && !is_one_of(tokens[1], {"GLOBAL", "PERSIST", "PERSIST_ONLY", "PASSWORD", "LOCAL"});
  }
  if (tokens.front().is("SELECT")) return has(tokens, {"set_config"});
  return is_one_of(tokens.front(),
                   {"PRAGMA", "USE", "ATTACH", "DETACH", "RESET", "PREPARE", "DEALLOCATE", "LISTEN", "LOAD"});
}

bool makes_temporary_table(std::string_view statement, Capabilities const& capabilities) {
  auto const tokens = first_words(statement, capabilities);
  if (tokens.size() < 3 || !tokens.front().is("CREATE")) return false;
  return has(std::span{tokens}.subspan(1, std::min<std::size_t>(tokens.size() - 1, 4)), {"TEMP", "TEMPORARY"}) &&
         has(std::span{tokens}.subspan(1, std::min<std::size_t>(tokens.size() - 1, 5)), {"TABLE"});
}

bool is_commit(std::string_view statement, Capabilities const& capabilities) {
  // Asked for every statement: most are told by their first letter.
  auto const start = statement.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  auto const first = static_cast<char>(statement[start] | 0x20);
  if (first >= 'a' && first <= 'z' && first != 'c' && first != 'e') return false;
  auto const tokens = first_words(statement, capabilities);
  return !tokens.empty() && is_one_of(tokens.front(), {"COMMIT", "END"});
}

bool locks_tables(std::string_view statement, Capabilities const& capabilities) {
  auto const tokens = first_words(statement, capabilities);
  return !capabilities.transactional_ddl && !tokens.empty() && tokens.front().is("LOCK");
}

bool is_data_or_schema(std::string_view statement, Capabilities const& capabilities) {
  auto const tokens = first_words(statement, capabilities);
  if (tokens.empty()) return false;
  return is_one_of(tokens.front(),
                   {"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "SELECT", "WITH", "VALUES", "CREATE", "ALTER",
                    "DROP", "COMMENT", "GRANT", "REVOKE", "TRUNCATE", "REFRESH", "COPY", "ANALYZE", "REASSIGN"});
}

} // namespace vm::sql

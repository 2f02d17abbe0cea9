#include "engine/cli/excerpt.hpp"
#include "engine/cli/exit_code.hpp"
#include "engine/cli/output.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <new>

namespace vm::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string indented(std::string_view text, std::string_view indent) {
  std::string result;
  for (auto const line : split(text, '\n')) result += fmt::format("{}{}\n", indent, line);
  return result;
}

bool has_note(Error const& error, std::string_view label) {
  for (auto const& note : error.notes())
    if (note.label == label) return true;
  return false;
}

std::string note_text(Note const& note) {
  if (note.text.find('\n') == std::string::npos) return fmt::format("  {}: {}\n", note.label, note.text);
  return fmt::format("  {}:\n{}", note.label, indented(note.text, "    "));
}

std::string database_text(DatabaseError const& error) {
  std::string text;
  if (!error.detail.empty() && !has_note(error, "detail")) text += note_text({"detail", error.detail});
  if (!error.statement.empty() && !has_note(error, "statement")) {
    auto const part = excerpt(error.statement, error.position);
    text +=
        part.line > 0 ? fmt::format("  statement, line {}, column {}:\n", part.line, part.column) : "  statement:\n";
    text += indented(part.text, "    ");
  }
  return text;
}

std::string const* traceback_of(Error const& error) {
  if (auto const* script = dynamic_cast<ScriptError const*>(&error)) return &script->traceback;
  if (auto const* migration = dynamic_cast<MigrationError const*>(&error)) return &migration->traceback;
  return nullptr;
}

std::string one_error_text(Error const& error, Style const& style, bool traceback) {
  auto text = fmt::format("{} {}\n", style(Paint::red, "error:"), style(Paint::bold, error.message()));
  if (error.location()) text += fmt::format("  at {}\n", to_string(*error.location()));
  for (auto const& note : error.notes()) text += note_text(note);
  if (auto const* database = dynamic_cast<DatabaseError const*>(&error)) text += database_text(*database);
  if (auto const* trace = traceback_of(error); traceback && trace && !trace->empty())
    text += fmt::format("  traceback:\n{}", indented(*trace, "    "));
  for (auto const& hint : error.hints()) text += fmt::format("{} {}\n", style(Paint::cyan, "hint:"), hint.text);
  return text;
}

std::string foreign_message(std::exception const& error) {
  if (dynamic_cast<std::bad_alloc const*>(&error)) return "out of memory";
  return error.what();
}

Json error_value(Error const& error, bool traceback) {
  auto const [kind, code] = classify(error);
  Json value;
  value["message"] = error.message();
  value["kind"] = kind;
  value["exit_code"] = static_cast<int>(code);
  value["location"] = nullptr;
  if (auto const& location = error.location()) {
    value["location"] = {{"file", location->file}, {"line", nullptr}};
    if (location->line > 0) value["location"]["line"] = location->line;
  }
  value["hints"] = Json::array();
  for (auto const& hint : error.hints()) value["hints"].push_back(hint.text);
  value["notes"] = Json::array();
  for (auto const& note : error.notes()) value["notes"].push_back({{"label", note.label}, {"text", note.text}});
  if (auto const* database = dynamic_cast<DatabaseError const*>(&error)) {
    value["code"] = database->code;
    value["detail"] = database->detail;
    value["statement"] = database->statement;
    value["position"] = nullptr;
    if (database->position) value["position"] = *database->position;
  }
  if (auto const* trace = traceback_of(error); traceback && trace) value["traceback"] = *trace;
  if (auto const* script = dynamic_cast<ScriptError const*>(&error)) {
    value["others"] = Json::array();
    for (auto const& other : script->others) value["others"].push_back(error_value(other, traceback));
  }
  return value;
}

} // namespace

std::string error_text(std::exception const& error, Style const& style, bool traceback) {
  auto const* ours = dynamic_cast<Error const*>(&error);
  if (!ours) return fmt::format("{} {}\n", style(Paint::red, "error:"), foreign_message(error));
  auto text = one_error_text(*ours, style, traceback);
  if (auto const* script = dynamic_cast<ScriptError const*>(ours)) {
    for (auto const& other : script->others) text += "\n" + one_error_text(other, style, traceback);
  }
  return text;
}

std::string error_json(std::exception const& error, bool traceback) {
  Json document;
  if (auto const* ours = dynamic_cast<Error const*>(&error)) {
    document["error"] = error_value(*ours, traceback);
  } else {
    auto const [kind, code] = classify(error);
    document["error"] = {{"message", foreign_message(error)},
                         {"kind", kind},
                         {"exit_code", static_cast<int>(code)},
                         {"location", nullptr},
                         {"hints", Json::array()},
                         {"notes", Json::array()}};
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

int Output::fail(std::exception const& error) {
  if (options_.json)
    out_ << error_json(error, options_.traceback);
  else
    err_ << error_text(error, options_.err_style, options_.traceback);
  return classify(error).code;
}

} // namespace vm::cli

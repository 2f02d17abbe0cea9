function upgrade()
  op.create_extension("citext")
  op.create_sequence("tickets", { start = 100 })
  op.create_function("doubled", { arguments = "n integer", returns = "integer", body = "SELECT n * 2" })
  op.create_function("touch", {
    returns = "trigger",
    language = "plpgsql",
    body = [[
BEGIN
  RETURN NEW;
END]],
  })
  op.create_materialized_view("note_count", "SELECT count(*) AS n FROM notes")
  op.create_trigger("notes_touch", "notes", {
    timing = "BEFORE",
    events = { "INSERT", "UPDATE" },
    level = "ROW",
    body = "EXECUTE FUNCTION touch()",
  })
end

function downgrade()
  op.drop_trigger("notes_touch", "notes")
  op.drop_materialized_view("note_count")
  op.drop_function("doubled", { arguments = "n integer" })
  op.drop_function("touch", { arguments = "" })
  -- review: forgets where the sequence stood
  op.drop_sequence("tickets")
  op.drop_extension("citext")
end

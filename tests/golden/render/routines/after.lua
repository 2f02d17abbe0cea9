local items = {
  sqlite = {
    sql.trigger("notes_touch", "notes", {
      timing = "after", events = "insert", body = "UPDATE notes SET body = 'it''s' WHERE id = NEW.id;",
    }),
  },
  postgresql = {
    sql.extension("citext"),
    sql.sequence("tickets", { start = 100 }),
    sql.func("touch", { returns = "trigger", language = "plpgsql", body = "BEGIN\n  RETURN NEW;\nEND" }),
    sql.func("doubled", { arguments = "n integer", returns = "integer", body = "SELECT n * 2" }),
    sql.trigger("notes_touch", "notes", {
      timing = "before", events = { "insert", "update" }, body = "EXECUTE FUNCTION touch()",
    }),
    sql.materialized_view("note_count", "SELECT count(*) AS n FROM notes"),
  },
  mariadb = {
    sql.sequence("tickets", { start = 100 }),
    sql.func("doubled", { arguments = "n INT", returns = "INT", deterministic = true, body = "RETURN n * 2" }),
    sql.trigger("notes_touch", "notes", { timing = "before", events = "insert", body = "SET NEW.body = 'it''s'" }),
  },
}
return sql.schema{
  sql.table("notes", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("body", sql.string(100)),
  }),
  items[vm.dialect],
}

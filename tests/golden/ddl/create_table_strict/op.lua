op.create_table("items", {
  sql.column("id", sql.bigint, { primary_key = true }), sql.column("name", sql.string(20)), sql.column("price", sql.numeric(10, 2)),
  sql.column("made", sql.timestamp), sql.column("flag", sql.boolean), sql.column("doc", sql.json),
}, { sqlite_strict = true })

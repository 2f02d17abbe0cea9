op.create_table("types", {
  sql.column("a", sql.smallint), sql.column("b", sql.integer), sql.column("c", sql.bigint), sql.column("d", sql.real),
  sql.column("e", sql.float), sql.column("f", sql.double), sql.column("g", sql.numeric(10, 2)), sql.column("h", sql.numeric(5)),
  sql.column("i", sql.boolean), sql.column("j", sql.string(20)), sql.column("k", sql.text), sql.column("l", sql.char(3)),
  sql.column("m", sql.binary), sql.column("n", sql.binary(16)), sql.column("o", sql.date), sql.column("p", sql.time),
  sql.column("q", sql.timestamp), sql.column("r", sql.timestamptz), sql.column("s", sql.uuid), sql.column("t", sql.json),
  sql.column("u", sql.jsonb), sql.column("v", sql.enum("mood", { "sad", "it's ok" })), sql.column("w", sql.raw("INTEGER")),
})

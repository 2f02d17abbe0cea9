op.bulk_insert("users", {
  { id = 1, email = "ann@example.com", age = 30 },
  { id = 2, email = "it's", age = sql.null },
  { id = 3, email = sql.expr("lower('BOB')"), age = 9007199254740991 % 100 },
})

op.create_function("twice", {
  arguments = "n integer", returns = "integer", language = "plpgsql", deterministic = true,
  body = "BEGIN RETURN n * 2; END",
})

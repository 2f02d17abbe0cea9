-- The schema as it should be: what 'vm check' and 'vm revision --autogenerate' hold the database against.
return sql.schema({
  -- sql.table("customers", {
  --   sql.column("id", sql.integer, { primary_key = true }),
  --   sql.column("email", sql.string(254), { nullable = false, unique = true }),
  -- }),
})

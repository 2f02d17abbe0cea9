return sql.schema{
  sql.table("customers", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("email", sql.string(100), { nullable = false, renamed_from = "mail" }),
    sql.index("ix_persons_mail", { "email" }),
  }, { renamed_from = "persons" }),
  sql.table("letters", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("person_id", sql.integer, { references = { "customers.id", name = "fk_letters_person" } }),
  }),
}

return sql.schema{
  sql.table("persons", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("mail", sql.string(100), { nullable = false }),
    sql.index("ix_persons_mail", { "mail" }),
  }),
  sql.table("letters", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("person_id", sql.integer, { references = { "persons.id", name = "fk_letters_person" } }),
  }),
}

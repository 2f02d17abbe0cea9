function upgrade()
  op.rename_table("persons", "customers")
  op.alter_column("customers", "mail", { new_column_name = "email" })
  op.drop_constraint("fk_letters_person", "letters", { type = "foreignkey" })
  -- review: fails while a row refers to nothing
  op.create_foreign_key("fk_letters_person", "letters", "customers", { "person_id" }, { "id" })
end

function downgrade()
  op.rename_table("customers", "persons")
  op.alter_column("persons", "email", { new_column_name = "mail" })
  op.drop_constraint("fk_letters_person", "letters", { type = "foreignkey" })
  -- review: fails while a row refers to nothing
  op.create_foreign_key("fk_letters_person", "letters", "persons", { "person_id" }, { "id" })
end

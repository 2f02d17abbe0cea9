function upgrade()
  op.rename_table("persons", "customers")
  op.alter_column("customers", "mail", { new_column_name = "email" })
end

function downgrade()
  op.rename_table("customers", "persons")
  op.alter_column("persons", "email", { new_column_name = "mail" })
end

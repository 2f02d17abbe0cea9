function upgrade()
  op.create_table("departments", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("head_id", sql.integer, { references = { "employees.id", name = "fk_departments_head" } }),
  })
  op.create_table("employees", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("department_id", sql.integer, { references = { "departments.id", name = "fk_employees_department" } }),
    sql.column("boss_id", sql.integer, { references = { "employees.id", name = "fk_employees_boss" } }),
  })
end

function downgrade()
  op.drop_constraint("fk_departments_head", "departments", { type = "foreignkey" })
  -- review: deletes the table's rows
  op.drop_table("employees")
  -- review: deletes the table's rows
  op.drop_table("departments")
end

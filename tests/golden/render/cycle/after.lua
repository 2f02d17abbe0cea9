return sql.schema{
  sql.table("departments", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("head_id", sql.integer, { references = { "employees.id", name = "fk_departments_head" } }),
  }),
  sql.table("employees", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("department_id", sql.integer, { references = { "departments.id", name = "fk_employees_department" } }),
    sql.column("boss_id", sql.integer, { references = { "employees.id", name = "fk_employees_boss" } }),
  }),
}

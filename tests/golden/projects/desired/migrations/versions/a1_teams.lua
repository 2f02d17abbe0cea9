-- create teams

revision = "a1"
down_revision = nil

function upgrade()
  op.create_table("teams", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("title", sql.string(50), { nullable = false }),
    sql.column("motto", sql.text),
  })
end

function downgrade()
  op.drop_table("teams")
end

function upgrade()
  op.drop_constraint("fk_members_team", "members", { type = "foreignkey" })
  op.drop_constraint("place_is_possible", "members", { type = "check" })
  -- review: fails while rows are alike
  op.create_unique_constraint("uq_members_place", "members", { "team_id", "place" })
  -- review: fails while a row breaks it
  op.create_check_constraint(op.f("place_is_possible"), "members", "place BETWEEN 1 AND 9")
  -- review: fails while a row refers to nothing
  op.create_foreign_key("fk_members_team", "members", "teams", { "team_id" }, { "id" }, { ondelete = "CASCADE" })
end

function downgrade()
  op.drop_constraint("fk_members_team", "members", { type = "foreignkey" })
  op.drop_constraint("place_is_possible", "members", { type = "check" })
  op.drop_constraint("uq_members_place", "members", { type = "unique" })
  -- review: fails while a row breaks it
  op.create_check_constraint(op.f("place_is_possible"), "members", "place > 0")
  -- review: fails while a row refers to nothing
  op.create_foreign_key("fk_members_team", "members", "teams", { "team_id" }, { "id" })
end

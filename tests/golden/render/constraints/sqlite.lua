function upgrade()
  op.batch_alter_table("members", function(batch)
    batch.drop_constraint("fk_members_team", { type = "foreignkey" })
    batch.drop_constraint("place_is_possible", { type = "check" })
    -- review: fails while rows are alike
    batch.create_unique_constraint("uq_members_place", { "team_id", "place" })
    -- review: fails while a row breaks it
    batch.create_check_constraint(op.f("place_is_possible"), "place BETWEEN 1 AND 9")
    -- review: fails while a row refers to nothing
    batch.create_foreign_key("fk_members_team", "teams", { "team_id" }, { "id" }, { ondelete = "CASCADE" })
  end)
end

function downgrade()
  op.batch_alter_table("members", function(batch)
    batch.drop_constraint("fk_members_team", { type = "foreignkey" })
    batch.drop_constraint("place_is_possible", { type = "check" })
    batch.drop_constraint("uq_members_place", { type = "unique" })
    -- review: fails while a row breaks it
    batch.create_check_constraint(op.f("place_is_possible"), "place > 0")
    -- review: fails while a row refers to nothing
    batch.create_foreign_key("fk_members_team", "teams", { "team_id" }, { "id" })
  end)
end

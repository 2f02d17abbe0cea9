function upgrade()
  op.create_sequence("tickets", { start = 100 })
  op.create_function("doubled", { arguments = "n INT", returns = "INT", deterministic = true, body = "RETURN n * 2" })
  op.create_trigger("notes_touch", "notes", {
    timing = "BEFORE",
    events = "INSERT",
    level = "ROW",
    body = "SET NEW.body = 'it''s'",
  })
end

function downgrade()
  op.drop_trigger("notes_touch", "notes")
  op.drop_function("doubled", { arguments = "`n` int(11)" })
  -- review: forgets where the sequence stood
  op.drop_sequence("tickets")
end

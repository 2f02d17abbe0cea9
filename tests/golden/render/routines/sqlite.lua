function upgrade()
  op.create_trigger("notes_touch", "notes", {
    timing = "AFTER",
    events = "INSERT",
    level = "ROW",
    body = "UPDATE notes SET body = 'it''s' WHERE id = NEW.id;",
  })
end

function downgrade()
  op.drop_trigger("notes_touch", "notes")
end

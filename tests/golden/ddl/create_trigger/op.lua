if vm.dialect == "postgresql" then
  op.create_function("touch", { returns = "trigger", language = "plpgsql", body = "BEGIN RETURN NEW; END" })
  op.create_trigger("touch_users", "users", { timing = "before", events = { "insert", "update of age" }, when = "NEW.age > 5", body = "touch()" })
elseif vm.dialect == "sqlite" then
  op.create_trigger("touch_users", "users", { timing = "after", events = "update of age", when = "NEW.age > 5", body = "UPDATE users SET age = 5 WHERE id = NEW.id" })
else
  op.create_trigger("touch_users", "users", { timing = "before", events = "update", body = "BEGIN SET NEW.age = 5; END" })
end

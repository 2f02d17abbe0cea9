CREATE TRIGGER "touch_users" AFTER UPDATE OF age ON "users" FOR EACH ROW WHEN (NEW.age > 5)
BEGIN
  UPDATE users SET age = 5 WHERE id = NEW.id;
END;

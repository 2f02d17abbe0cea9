DROP TRIGGER IF EXISTS "nowhere" ON "users";

DELETE FROM "users" WHERE id = 7;
DELETE FROM "users";

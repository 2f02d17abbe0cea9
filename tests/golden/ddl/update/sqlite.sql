UPDATE "users" SET "age" = age + 1, "email" = 'x' WHERE id = 7 AND email <> ':id';
UPDATE "users" SET "age" = (-1);

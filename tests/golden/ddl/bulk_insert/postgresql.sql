INSERT INTO "users" ("age", "email", "id") VALUES (30, 'ann@example.com', 1), (NULL, 'it''s', 2), (91, lower('BOB'), 3);

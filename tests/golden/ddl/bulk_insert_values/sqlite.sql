INSERT INTO "data" ("b", "d", "f", "flag", "t") VALUES (X'00FF', 12.50, 1.5, 1, 'back\slash ''quote''');

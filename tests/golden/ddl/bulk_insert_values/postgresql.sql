INSERT INTO "data" ("b", "d", "f", "flag", "t") VALUES (E'\\x00ff'::bytea, 12.50, 1.5, TRUE, E'back\\slash ''quote''');

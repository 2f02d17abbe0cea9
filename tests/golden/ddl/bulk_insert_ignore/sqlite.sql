INSERT INTO "users" ("email", "id") VALUES ('a', 1), ('b', 1) ON CONFLICT DO NOTHING;

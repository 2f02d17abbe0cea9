INSERT INTO "users" ("email", "id") VALUES ('a', 1) ON CONFLICT (id) DO UPDATE SET email = excluded.email;

CREATE VIEW "grown_ups" ("number", "mail") AS SELECT id, email FROM users WHERE age > 17;

DROP VIEW IF EXISTS "grown_ups";
CREATE VIEW "grown_ups" AS SELECT id, email FROM users WHERE age > 20;

CREATE OR REPLACE VIEW `grown_ups` AS SELECT id, email FROM users WHERE age > 20;

UPDATE users SET age = 1;
DELETE FROM users;
UPDATE users SET age = 5 WHERE email = ':age';

CREATE INDEX `ix_users_email` ON `users` (`email`(10)) USING BTREE;
CREATE FULLTEXT INDEX `ft_users_email` ON `users` (`email`);

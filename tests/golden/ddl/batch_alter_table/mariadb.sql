ALTER TABLE `users` ADD COLUMN `nickname` VARCHAR(50), MODIFY COLUMN `email` VARCHAR(200) NULL, MODIFY COLUMN `age` INTEGER NOT NULL DEFAULT 18 COMMENT 'in years';
ALTER TABLE `users` RENAME COLUMN `age` TO `years`;
ALTER TABLE `users` ADD CONSTRAINT `uq_users_email` UNIQUE (`email`), ADD CONSTRAINT `ck_users_years` CHECK (years > 0);
CREATE INDEX `ix_users_nickname` ON `users` (`nickname`);

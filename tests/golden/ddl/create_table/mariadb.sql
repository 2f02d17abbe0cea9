CREATE TABLE `users` (
  `id` BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `email` VARCHAR(320) NOT NULL,
  `team_id` INTEGER,
  `balance` DECIMAL(12,2) DEFAULT 0,
  `created_at` DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6),
  CONSTRAINT `email_is_long_enough` CHECK (length(email) > 3),
  UNIQUE (`email`),
  FOREIGN KEY (`team_id`) REFERENCES `teams` (`id`) ON DELETE SET NULL,
  CHECK (balance >= 0),
  INDEX `ix_users_team_id` (`team_id`)
);

CREATE TABLE `users` (
  `id` INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY,
  INDEX `ix_users_id` (`id`)
);

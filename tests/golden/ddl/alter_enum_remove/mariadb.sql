ALTER TABLE `users` MODIFY COLUMN `role` ENUM('client') NULL DEFAULT 'client';

ALTER TABLE `users` MODIFY COLUMN `role` ENUM('owner','admin','guest','client') NULL DEFAULT 'client';

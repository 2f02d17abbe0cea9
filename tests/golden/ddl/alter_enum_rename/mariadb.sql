ALTER TABLE `users` MODIFY COLUMN `role` ENUM('admin','client','customer') NULL DEFAULT 'client';
UPDATE `users` SET `role` = 'customer' WHERE `role` = 'client';
ALTER TABLE `users` MODIFY COLUMN `role` ENUM('admin','customer') NULL DEFAULT 'customer';

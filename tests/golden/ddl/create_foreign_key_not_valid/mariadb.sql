ALTER TABLE `users` ADD CONSTRAINT `fk_users_team` FOREIGN KEY (`age`) REFERENCES `teams` (`id`);

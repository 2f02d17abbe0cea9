ALTER TABLE `users` COMMENT = 'people who can log in';

INSERT INTO `users` (`email`, `id`) VALUES ('a', 1), ('b', 1) ON DUPLICATE KEY UPDATE `email` = `email`;

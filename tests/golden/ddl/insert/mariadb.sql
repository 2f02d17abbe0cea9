INSERT INTO `users` (`age`, `email`) VALUES (5, 'ann@example.com');

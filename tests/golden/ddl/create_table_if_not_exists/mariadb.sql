CREATE TABLE IF NOT EXISTS `users` (
  `name` VARCHAR(50) COMMENT 'what people call them',
  INDEX `ix_users_name` (`name`)
) COMMENT='people';

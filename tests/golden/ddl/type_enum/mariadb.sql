CREATE TABLE `t` (
  `c` ENUM('admin','user')
);

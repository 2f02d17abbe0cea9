CREATE TABLE `items` (
  `name` VARCHAR(20) COLLATE utf8mb4_bin
);

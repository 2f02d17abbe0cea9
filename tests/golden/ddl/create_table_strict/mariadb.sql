CREATE TABLE `items` (
  `id` BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `name` VARCHAR(20),
  `price` DECIMAL(10,2),
  `made` DATETIME(6),
  `flag` BOOLEAN,
  `doc` JSON
);

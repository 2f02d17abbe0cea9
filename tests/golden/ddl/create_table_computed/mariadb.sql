CREATE TABLE `items` (
  `price` DECIMAL(10,2),
  `twice` DECIMAL(10,2) GENERATED ALWAYS AS (price * 2) STORED
);

CREATE TABLE `events` (
  `day` DATE NOT NULL
);
CREATE TABLE `fast` (
  `a` INTEGER
);

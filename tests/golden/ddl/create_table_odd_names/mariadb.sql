CREATE TABLE `Order "lines" ``x`` it's` (
  `select` INTEGER,
  `Größe` TEXT,
  INDEX `ix_Order "lines" ``x`` it's_select` (`select`)
);

CREATE TABLE `bookings` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `room` INTEGER NOT NULL,
  `nights` INTEGER,
  CONSTRAINT `pk_bookings` PRIMARY KEY (`id`),
  CONSTRAINT `uq_bookings` UNIQUE (`room`, `nights`),
  CONSTRAINT `nights_are_few` CHECK (nights < 100),
  CONSTRAINT `fk_bookings_room` FOREIGN KEY (`room`) REFERENCES `rooms` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT `nights_are_positive` CHECK (nights > 0),
  INDEX `ix_bookings_nights` (`nights`)
);

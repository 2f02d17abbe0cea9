ALTER TABLE `pairs` DROP INDEX `uq_ab`;

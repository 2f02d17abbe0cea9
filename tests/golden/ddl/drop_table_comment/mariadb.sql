ALTER TABLE `notes` COMMENT = '';

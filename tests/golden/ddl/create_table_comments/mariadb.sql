CREATE TABLE `items` (
  `name` TEXT COMMENT 'it''s a "name"'
) COMMENT='things for sale';

CREATE TABLE `defaults` (
  `text` VARCHAR(50) DEFAULT 'it''s',
  `backslash` VARCHAR(50) DEFAULT _utf8mb4 X'615C62',
  `empty` VARCHAR(50) DEFAULT '',
  `number` INTEGER DEFAULT -5,
  `fraction` DOUBLE DEFAULT 1.5,
  `flag` BOOLEAN DEFAULT TRUE,
  `off` BOOLEAN DEFAULT FALSE,
  `as_text` BOOLEAN DEFAULT '0',
  `sum` INTEGER DEFAULT (1 + 2),
  `made` DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6),
  `list` JSON DEFAULT ('[]')
);

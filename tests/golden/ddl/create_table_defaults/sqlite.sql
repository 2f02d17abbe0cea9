CREATE TABLE "defaults" (
  "text" VARCHAR(50) DEFAULT 'it''s',
  "backslash" VARCHAR(50) DEFAULT 'a\b',
  "empty" VARCHAR(50) DEFAULT '',
  "number" INTEGER DEFAULT -5,
  "fraction" DOUBLE DEFAULT 1.5,
  "flag" BOOLEAN DEFAULT 1,
  "off" BOOLEAN DEFAULT 0,
  "as_text" BOOLEAN DEFAULT '0',
  "sum" INTEGER DEFAULT (1 + 2),
  "made" DATETIME DEFAULT CURRENT_TIMESTAMP,
  "list" JSON DEFAULT '[]'
);

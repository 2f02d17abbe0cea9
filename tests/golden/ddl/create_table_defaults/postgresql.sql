CREATE TABLE "defaults" (
  "text" VARCHAR(50) DEFAULT 'it''s',
  "backslash" VARCHAR(50) DEFAULT E'a\\b',
  "empty" VARCHAR(50) DEFAULT '',
  "number" INTEGER DEFAULT -5,
  "fraction" DOUBLE PRECISION DEFAULT 1.5,
  "flag" BOOLEAN DEFAULT TRUE,
  "off" BOOLEAN DEFAULT FALSE,
  "as_text" BOOLEAN DEFAULT '0',
  "sum" INTEGER DEFAULT (1 + 2),
  "made" TIMESTAMP WITHOUT TIME ZONE DEFAULT now(),
  "list" JSON DEFAULT '[]'
);

CREATE TABLE "items" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT,
  "price" ANY,
  "made" TEXT,
  "flag" INTEGER,
  "doc" TEXT
) STRICT;

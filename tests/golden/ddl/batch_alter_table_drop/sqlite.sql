CREATE TABLE "vm_new_pairs" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "a" INTEGER
);
INSERT INTO "vm_new_pairs" ("id", "a") SELECT "id", "a" FROM "pairs";
DROP TABLE "pairs";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_pairs" RENAME TO "pairs";
PRAGMA legacy_alter_table = OFF;
-- must return no rows
PRAGMA foreign_key_check("pairs");

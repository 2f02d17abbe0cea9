CREATE TABLE "vm_new_pairs" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "a" INTEGER,
  "b" INTEGER,
  CONSTRAINT "uq_ab" UNIQUE ("a", "b"),
  CONSTRAINT "ck_b" CHECK (b > 0)
);
INSERT INTO "vm_new_pairs" ("id", "a", "b") SELECT "id", "a", "b" FROM "pairs";
DROP TABLE "pairs";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_pairs" RENAME TO "pairs";
PRAGMA legacy_alter_table = OFF;
-- must return no rows
PRAGMA foreign_key_check("pairs");
CREATE TABLE "vm_new_pairs" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "a" INTEGER,
  "b" INTEGER,
  CONSTRAINT "uq_ab" UNIQUE ("a", "b"),
  CONSTRAINT "fk_a" FOREIGN KEY ("a") REFERENCES "pairs" ("id")
);
INSERT INTO "vm_new_pairs" ("id", "a", "b") SELECT "id", "a", "b" FROM "pairs";
DROP TABLE "pairs";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_pairs" RENAME TO "pairs";
PRAGMA legacy_alter_table = OFF;
-- must return no rows
PRAGMA foreign_key_check("pairs");

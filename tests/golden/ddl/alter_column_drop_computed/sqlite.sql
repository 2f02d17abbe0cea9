CREATE TABLE "vm_new_items" (
  "price" INTEGER,
  "twice" INTEGER
);
INSERT INTO "vm_new_items" ("price", "twice") SELECT "price", "twice" FROM "items";
DROP TABLE "items";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_items" RENAME TO "items";
PRAGMA legacy_alter_table = OFF;

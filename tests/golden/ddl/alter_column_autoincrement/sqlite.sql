CREATE TABLE "vm_new_items" (
  "id" INTEGER NOT NULL PRIMARY KEY
);
INSERT INTO "vm_new_items" ("id") SELECT "id" FROM "items";
DROP TABLE "items";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_items" RENAME TO "items";
PRAGMA legacy_alter_table = OFF;

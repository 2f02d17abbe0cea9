CREATE TABLE "vm_new_users" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "email" VARCHAR(200) NOT NULL,
  "age" INTEGER DEFAULT 18
);
INSERT INTO "vm_new_users" ("id", "email", "age") SELECT "id", "email", "age" FROM "users";
DROP TABLE "users";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_users" RENAME TO "users";
PRAGMA legacy_alter_table = OFF;

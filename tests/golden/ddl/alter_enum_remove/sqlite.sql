CREATE TABLE "vm_new_users" (
  "role" VARCHAR(6) DEFAULT 'client' CHECK ("role" IN ('client'))
);
INSERT INTO "vm_new_users" ("role") SELECT "role" FROM "users";
DROP TABLE "users";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_users" RENAME TO "users";
PRAGMA legacy_alter_table = OFF;

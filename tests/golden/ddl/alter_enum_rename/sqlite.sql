CREATE TABLE "vm_new_users" (
  "role" VARCHAR(8) DEFAULT 'customer' CHECK ("role" IN ('admin', 'customer'))
);
INSERT INTO "vm_new_users" ("role") SELECT CASE "role" WHEN 'client' THEN 'customer' ELSE "role" END FROM "users";
DROP TABLE "users";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_users" RENAME TO "users";
PRAGMA legacy_alter_table = OFF;

CREATE TABLE "vm_new_users" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "email" VARCHAR(100) NOT NULL,
  "age" INTEGER DEFAULT 18,
  CONSTRAINT "fk_users_team" FOREIGN KEY ("age") REFERENCES "teams" ("id") ON DELETE CASCADE ON UPDATE RESTRICT
);
INSERT INTO "vm_new_users" ("id", "email", "age") SELECT "id", "email", "age" FROM "users";
DROP TABLE "users";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_users" RENAME TO "users";
PRAGMA legacy_alter_table = OFF;
CREATE INDEX "ix_users_age" ON "users" ("age");
-- must return no rows
PRAGMA foreign_key_check("users");

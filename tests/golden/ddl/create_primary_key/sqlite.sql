CREATE TABLE "vm_new_members" (
  "user_id" INTEGER NOT NULL,
  "team_id" INTEGER NOT NULL,
  CONSTRAINT "pk_members" PRIMARY KEY ("user_id", "team_id")
);
INSERT INTO "vm_new_members" ("user_id", "team_id") SELECT "user_id", "team_id" FROM "members";
DROP TABLE "members";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_members" RENAME TO "members";
PRAGMA legacy_alter_table = OFF;

CREATE TABLE "vm_new_words" (
  "word" VARCHAR(50) NOT NULL
);
INSERT INTO "vm_new_words" ("word") SELECT "word" FROM "words";
DROP TABLE "words";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_words" RENAME TO "words";
PRAGMA legacy_alter_table = OFF;

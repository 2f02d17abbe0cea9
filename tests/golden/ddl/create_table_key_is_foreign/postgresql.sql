CREATE TABLE "admins" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  FOREIGN KEY ("id") REFERENCES "teams" ("id")
);

CREATE TABLE "admins" (
  "id" INT NOT NULL PRIMARY KEY,
  FOREIGN KEY ("id") REFERENCES "teams" ("id")
);

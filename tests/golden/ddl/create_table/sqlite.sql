CREATE TABLE "users" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "email" VARCHAR(320) NOT NULL,
  "team_id" INTEGER,
  "balance" NUMERIC(12,2) DEFAULT 0,
  "created_at" DATETIME DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "email_is_long_enough" CHECK (length(email) > 3),
  UNIQUE ("email"),
  FOREIGN KEY ("team_id") REFERENCES "teams" ("id") ON DELETE SET NULL,
  CHECK (balance >= 0)
);
CREATE INDEX "ix_users_team_id" ON "users" ("team_id");

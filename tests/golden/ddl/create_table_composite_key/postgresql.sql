CREATE TABLE "members" (
  "user_id" INTEGER NOT NULL,
  "team_id" INTEGER NOT NULL,
  PRIMARY KEY ("user_id", "team_id")
);

ALTER TABLE "users" ADD COLUMN "team_id" INTEGER UNIQUE CONSTRAINT "fk_team" REFERENCES "teams" ("id") CONSTRAINT "ck_team" CHECK (team_id > 0);
COMMENT ON COLUMN "users"."team_id" IS 'whose';

ALTER TABLE "users" ADD COLUMN "role" VARCHAR(5) DEFAULT 'user' CHECK ("role" IN ('admin', 'user'));

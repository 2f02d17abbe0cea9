ALTER TABLE "users" ALTER COLUMN "email" TYPE INTEGER USING length(email);

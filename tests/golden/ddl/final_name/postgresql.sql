ALTER TABLE "users" ADD CONSTRAINT "ck_final" CHECK (age >= 0);

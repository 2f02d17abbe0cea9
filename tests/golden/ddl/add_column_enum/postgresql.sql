DO $$
BEGIN
  IF to_regtype('"role"') IS NULL THEN
    CREATE TYPE "role" AS ENUM ('admin', 'user');
  END IF;
END
$$;
ALTER TABLE "users" ADD COLUMN "role" "role" DEFAULT 'user';

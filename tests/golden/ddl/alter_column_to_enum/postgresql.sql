DO $$
BEGIN
  IF to_regtype('"kind"') IS NULL THEN
    CREATE TYPE "kind" AS ENUM ('a', 'b');
  END IF;
END
$$;
ALTER TABLE "users" ALTER COLUMN "email" DROP DEFAULT, ALTER COLUMN "email" TYPE "kind" USING "email"::text::"kind", ALTER COLUMN "email" SET DEFAULT 'a';

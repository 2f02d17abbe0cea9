DO $$
BEGIN
  IF to_regtype('"role"') IS NULL THEN
    CREATE TYPE "role" AS ENUM ('admin', 'user');
  END IF;
END
$$;
CREATE TABLE "t" (
  "c" "role"
);

DO $$
BEGIN
  IF to_regtype('"role"') IS NULL THEN
    CREATE TYPE "role" AS ENUM ('admin');
  END IF;
END
$$;

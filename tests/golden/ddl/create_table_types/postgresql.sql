DO $$
BEGIN
  IF to_regtype('"mood"') IS NULL THEN
    CREATE TYPE "mood" AS ENUM ('sad', 'it''s ok');
  END IF;
END
$$;
CREATE TABLE "types" (
  "a" SMALLINT,
  "b" INTEGER,
  "c" BIGINT,
  "d" REAL,
  "e" DOUBLE PRECISION,
  "f" DOUBLE PRECISION,
  "g" NUMERIC(10,2),
  "h" NUMERIC(5),
  "i" BOOLEAN,
  "j" VARCHAR(20),
  "k" TEXT,
  "l" CHAR(3),
  "m" BYTEA,
  "n" BYTEA,
  "o" DATE,
  "p" TIME WITHOUT TIME ZONE,
  "q" TIMESTAMP WITHOUT TIME ZONE,
  "r" TIMESTAMP WITH TIME ZONE,
  "s" UUID,
  "t" JSON,
  "u" JSONB,
  "v" "mood",
  "w" INTEGER
);

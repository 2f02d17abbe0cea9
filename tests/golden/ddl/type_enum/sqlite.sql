CREATE TABLE "t" (
  "c" VARCHAR(5) CHECK ("c" IN ('admin', 'user'))
);

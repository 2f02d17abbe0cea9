CREATE TABLE "t" (
  "c" VARCHAR
);

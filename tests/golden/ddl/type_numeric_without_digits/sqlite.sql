CREATE TABLE "t" (
  "c" NUMERIC
);

CREATE TABLE "items" (
  "price" NUMERIC(10,2),
  "twice" NUMERIC(10,2) GENERATED ALWAYS AS (price * 2) STORED
);

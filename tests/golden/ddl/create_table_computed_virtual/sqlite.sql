CREATE TABLE "items" (
  "price" INTEGER,
  "twice" INTEGER GENERATED ALWAYS AS (price * 2) VIRTUAL
);

CREATE TABLE "items" (
  "name" TEXT
);

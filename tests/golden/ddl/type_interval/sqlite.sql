CREATE TABLE "t" (
  "c" TEXT
);

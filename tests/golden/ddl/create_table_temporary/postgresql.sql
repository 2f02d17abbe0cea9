CREATE TEMPORARY TABLE "passing" (
  "name" TEXT
);

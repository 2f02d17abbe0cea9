CREATE TABLE "items" (
  "name" VARCHAR(20) COLLATE "C"
);

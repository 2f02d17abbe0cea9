CREATE TABLE "t" (
  "c" INTEGER[]
);

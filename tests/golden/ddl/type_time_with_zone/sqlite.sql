CREATE TABLE "t" (
  "c" TIME
);

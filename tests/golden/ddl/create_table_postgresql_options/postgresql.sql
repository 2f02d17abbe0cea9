CREATE TABLE "events" (
  "day" DATE NOT NULL
) PARTITION BY RANGE (day);
CREATE UNLOGGED TABLE "fast" (
  "a" INTEGER
) WITH (fillfactor = 70);

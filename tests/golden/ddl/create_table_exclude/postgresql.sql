CREATE TABLE "bookings" (
  "during" tsrange,
  CONSTRAINT "one_at_a_time" EXCLUDE USING "gist" ("during" WITH &&)
);

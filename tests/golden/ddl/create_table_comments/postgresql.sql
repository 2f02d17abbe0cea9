CREATE TABLE "items" (
  "name" TEXT
);
COMMENT ON TABLE "items" IS 'things for sale';
COMMENT ON COLUMN "items"."name" IS 'it''s a "name"';

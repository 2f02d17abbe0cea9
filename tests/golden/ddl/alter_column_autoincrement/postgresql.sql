CREATE SEQUENCE IF NOT EXISTS "items_id_seq" OWNED BY "items"."id";
SELECT setval('"items_id_seq"', coalesce(max("id"), 0) + 1, false) FROM "items";
ALTER TABLE "items" ALTER COLUMN "id" SET DEFAULT nextval('"items_id_seq"');

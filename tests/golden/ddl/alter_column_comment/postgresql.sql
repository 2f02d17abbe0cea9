COMMENT ON COLUMN "users"."email" IS 'it''s theirs';

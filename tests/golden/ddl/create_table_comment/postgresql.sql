COMMENT ON TABLE "users" IS 'people who can log in';

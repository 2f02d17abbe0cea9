op.create_extension("citext", { if_not_exists = true, schema = "public" })
op.drop_extension("citext", { if_exists = true, cascade = true })

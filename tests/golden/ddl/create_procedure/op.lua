op.create_procedure("purge", { language = "plpgsql", body = "BEGIN DELETE FROM users WHERE age > 100; END" })
op.drop_procedure("purge")

op.create_table("users", { sql.column("id", sql.integer, { primary_key = true, index = true }) }, { schema = ({ sqlite = "main", postgresql = "public" })[vm.dialect] })

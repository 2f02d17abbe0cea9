op.create_table("items", { sql.column("name", sql.string(20), { collation = ({ sqlite = "NOCASE", postgresql = "C" })[vm.dialect] or "utf8mb4_bin" }) })

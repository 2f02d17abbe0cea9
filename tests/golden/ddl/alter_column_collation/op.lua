op.alter_column("users", "email", { collation = ({ sqlite = "NOCASE", postgresql = "C" })[vm.dialect] or "utf8mb4_bin" })

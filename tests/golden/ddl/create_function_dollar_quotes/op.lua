op.create_function("dollars", { returns = "text", language = "plpgsql", postgresql_volatility = "stable", body = "BEGIN RETURN '$$ $vm$'; END", replace = true })

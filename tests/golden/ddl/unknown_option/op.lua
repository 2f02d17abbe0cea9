op.create_table("t", { sql.column("a", sql.integer) }, { sqlite_stict = true, postgresql_tablespaces = "x", mysql_engin = "InnoDB" })

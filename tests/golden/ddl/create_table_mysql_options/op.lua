op.create_table("orders", { sql.column("id", sql.integer, { primary_key = true }) },
  { mysql_engine = "InnoDB", mysql_charset = "utf8mb4", mysql_collate = "utf8mb4_unicode_ci", mysql_row_format = "DYNAMIC", mariadb_row_format = "COMPACT" })

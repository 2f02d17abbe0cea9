return sql.schema{}

op.bulk_insert("data", { { b = sql.bytes("\0\255"), d = sql.decimal("12.50"), f = 1.5, flag = true, t = [[back\slash 'quote']] } })

op.drop_materialized_view("nowhere", { if_exists = true })

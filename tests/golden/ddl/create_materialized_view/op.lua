op.create_materialized_view("totals", "SELECT count(*) AS total FROM users", { with_data = false })
op.refresh_materialized_view("totals")

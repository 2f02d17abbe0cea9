op.drop_view("grown_ups")

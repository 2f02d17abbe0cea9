op.create_sequence("numbers", { start = 1000, increment = 10, minimum = 10, maximum = 5000, cache = 5, cycle = true })

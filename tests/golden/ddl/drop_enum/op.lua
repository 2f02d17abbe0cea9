op.drop_enum("role")

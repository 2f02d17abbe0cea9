op.drop_schema("vm_nowhere", { if_exists = true })

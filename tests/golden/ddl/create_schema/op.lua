op.create_schema("vm_audit", { if_not_exists = true })
op.drop_schema("vm_audit")

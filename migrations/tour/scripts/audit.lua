-- Tables that record every change: two operations for this project's migrations. Loaded by `libraries` in vm.toml.
--
--   op.create_audited_table(name, items, { watch = column })
--   op.drop_audited_table(name)
--
-- Beside the table stands <name>_changes, which a trigger fills when the watched column changes.

local CHANGES = "%s_changes"
local TRIGGER = "%s_audit"

local function record(name, watch)
  return string.format("INSERT INTO %s (row_id, old_value, new_value) VALUES (OLD.id, OLD.%s, NEW.%s)",
                       CHANGES:format(name), watch, watch)
end

-- How each database says "after an update of the column, record it".
local create_trigger = {
  sqlite = function(name, watch)
    op.execute(string.format([[
      CREATE TRIGGER %s AFTER UPDATE OF %s ON %s FOR EACH ROW WHEN (OLD.%s <> NEW.%s)
      BEGIN
        %s;
      END]], TRIGGER:format(name), watch, name, watch, watch, record(name, watch)))
  end,
  postgresql = function(name, watch)
    op.execute(string.format([[
      CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $body$
      BEGIN
        %s;
        RETURN NEW;
      END
      $body$]], TRIGGER:format(name), record(name, watch)))
    op.execute(string.format([[
      CREATE TRIGGER %s AFTER UPDATE OF %s ON %s FOR EACH ROW
      WHEN (OLD.%s IS DISTINCT FROM NEW.%s) EXECUTE FUNCTION %s()]],
      TRIGGER:format(name), watch, name, watch, watch, TRIGGER:format(name)))
  end,
  mariadb = function(name, watch)
    op.execute(string.format([[
      CREATE TRIGGER %s AFTER UPDATE ON %s FOR EACH ROW
      BEGIN
        IF OLD.%s <> NEW.%s THEN
          %s;
        END IF;
      END]], TRIGGER:format(name), name, watch, watch, record(name, watch)))
  end,
}
create_trigger.mysql = create_trigger.mariadb

op.register("create_audited_table", {
  run = function(name, items, options)
    local watch = assert(options and options.watch, "create_audited_table needs { watch = column }")
    op.create_table(name, items)
    op.create_table(CHANGES:format(name), {
      sql.column("id", sql.integer, { primary_key = true }),
      sql.column("row_id", sql.integer, { nullable = false, index = true }),
      sql.column("old_value", sql.text),
      sql.column("new_value", sql.text),
      sql.column("changed_at", sql.timestamptz, { nullable = false, server_default = sql.expr("CURRENT_TIMESTAMP") }),
    })
    create_trigger[vm.dialect](name, watch)
  end,
  reverse = function(name) return { "drop_audited_table", name } end,
  describe = function(name) return "create audited table " .. name end,
})

op.register("drop_audited_table", {
  run = function(name)
    op.drop_table(name) -- its trigger goes with it
    op.drop_table(CHANGES:format(name))
    if vm.dialect == "postgresql" then op.execute(string.format("DROP FUNCTION %s()", TRIGGER:format(name))) end
  end,
  describe = function(name) return "drop audited table " .. name end,
})

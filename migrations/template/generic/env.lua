-- What holds for every migration of this project. Returns one table and is done; every key is optional.
return {
  -- Names for constraints that have none, the same on every database:
  -- naming_convention = {
  --   ix = "ix_%(table_name)s_%(column_0_name)s",
  --   uq = "uq_%(table_name)s_%(column_0_name)s",
  --   ck = "ck_%(table_name)s_%(constraint_name)s",
  --   fk = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
  --   pk = "pk_%(table_name)s",
  -- },

  -- Run before and after each migration, inside its transaction:
  -- before_migration = function() op.execute("SET LOCAL statement_timeout = '5min'") end,
  -- after_migration = function() end,
}

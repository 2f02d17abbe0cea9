-- What holds for every migration of this project. Returns one table and is done.
return {
  -- Constraints without a name get one by these patterns, the same on every database, so that a later migration can
  -- drop them.
  naming_convention = {
    ix = "ix_%(table_name)s_%(column_0_name)s",
    uq = "uq_%(table_name)s_%(column_0_name)s",
    fk = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    pk = "pk_%(table_name)s",
  },
}

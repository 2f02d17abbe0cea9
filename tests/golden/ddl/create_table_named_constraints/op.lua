op.create_table("bookings", {
  sql.column("id", sql.integer),
  sql.column("room", sql.integer, { nullable = false, references = { "rooms.id", name = "fk_bookings_room" }, ondelete = "cascade", onupdate = "no action" }),
  sql.column("nights", sql.integer, { check = { "nights > 0", name = "nights_are_positive" } }),
  sql.primary_key({ "id" }, { name = "pk_bookings" }),
  sql.unique({ "room", "nights" }, { name = "uq_bookings" }),
  sql.check("nights < 100", { name = "nights_are_few" }),
  sql.index("ix_bookings_nights", { "nights" }),
})

CREATE TABLE "Order ""lines"" `x` it's" (
  "select" INTEGER,
  "Größe" TEXT
);
CREATE INDEX "ix_Order ""lines"" `x` it's_select" ON "Order ""lines"" `x` it's" ("select");

#include "engine/db/transaction.hpp"

namespace vm::db {

Transaction::Transaction(Session& session, std::string_view begin) : session_{session} {
  session_.execute(begin);
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    rollback();
  } catch (std::exception const&) {
    // The way out that made us roll back is what gets reported; a lost connection has rolled back by itself.
  }
}

void Transaction::commit() {
  session_.execute("COMMIT");
  open_ = false;
}

void Transaction::rollback() {
  open_ = false;
  if (session_.is_alive() && session_.in_transaction()) session_.execute("ROLLBACK");
}

} // namespace vm::db

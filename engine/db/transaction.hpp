// A transaction that rolls back unless told to commit.
#pragma once

#include "engine/db/session.hpp"

namespace vm::db {

class Transaction {
 public:
  /// `begin` is the dialect's begin statement.
  Transaction(Session& session, std::string_view begin);
  Transaction(Transaction const&) = delete;
  Transaction& operator=(Transaction const&) = delete;
  ~Transaction(); ///< rolls back when neither commit() nor rollback() was called; never throws

  void commit();
  void rollback();
  bool is_open() const { return open_; }

 private:
  Session& session_;
  bool open_ = true;
};

} // namespace vm::db

// An op::Target that keeps what it is given and answers queries from a list.
#pragma once

#include "engine/op/describe.hpp"
#include "engine/op/target.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace vm::test {

struct Answer {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
};

class AnsweringTarget : public op::Target {
 public:
  struct Applied {
    op::Operation operation;
    Location where;
  };
  struct Asked {
    std::string text;
    std::optional<op::Parameters> parameters;
    Location where;
  };

  op::Surroundings const& surroundings() const override { return surroundings_value; }
  schema::NamingConvention const& naming() const override { return naming_value; }

  op::Outcome apply(op::Operation const& operation, Location const& where) override {
    applied.push_back({operation, where});
    if (on_apply) on_apply();
    return {rows_affected};
  }

  std::unique_ptr<op::Rows> query(std::string const& text, std::optional<op::Parameters> const& parameters,
                                  Location const& where) override {
    asked.push_back({text, parameters, where});
    if (on_apply) on_apply();
    return std::make_unique<Rows>(answer, open_queries);
  }

  schema::Catalog inspect(op::InspectScope const& /*scope*/, Location const& /*where*/) override { return catalog; }

  void autocommit_block(std::function<void()> const& body, Location const& where) override {
    blocks.push_back(where);
    body();
  }

  /// The texts of every op.execute, in order.
  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (auto const& [operation, where] : applied) {
      if (auto const* sql = std::get_if<op::ExecuteSql>(&operation))
        all.insert(all.end(), sql->texts.begin(), sql->texts.end());
      else
        all.push_back(op::describe(operation));
    }
    return all;
  }

  op::Surroundings surroundings_value{"sqlite", "3.40.1", false, "upgrade"};
  schema::NamingConvention naming_value;
  schema::Catalog catalog;
  Answer answer;
  std::function<void()> on_apply; ///< may throw
  std::int64_t rows_affected = 0;
  int open_queries = 0;
  std::vector<Applied> applied;
  std::vector<Asked> asked;
  std::vector<Location> blocks;

 private:
  class Rows : public op::Rows {
   public:
    Rows(Answer answer, int& open) : answer_{std::move(answer)}, open_{open} { ++open_; }
    ~Rows() override { --open_; }
    Rows(Rows const&) = delete;
    Rows& operator=(Rows const&) = delete;

    std::vector<std::string> const& columns() const override { return answer_.columns; }
    bool next(std::vector<Value>& row) override {
      if (position_ == answer_.rows.size()) return false;
      row = answer_.rows[position_++];
      return true;
    }

   private:
    Answer answer_;
    int& open_;
    std::size_t position_ = 0;
  };
};

} // namespace vm::test

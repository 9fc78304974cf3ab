#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "trama/core/model.hpp"

namespace trama::core {

class Value;
using Values = std::vector<Value>;
struct Neighbours;

/// A client that takes no part in the round: blocks pass it on without work, folds leave it out.
struct Skip {};

/// Something that has happened: "lost", with the place ("scheme/[2]/client") and the cause.
struct Event {
    std::string name;
    std::string where;
    std::string text;
    friend bool operator==(const Event&, const Event&) = default;
};

/// What flows through channels. Immutable and shared: copying a Value copies a pointer.
class Value {
  public:
    using Data =
        std::variant<std::monostate, Skip, std::shared_ptr<const Model>, std::shared_ptr<const Update>,
                     std::shared_ptr<const Partial>, std::shared_ptr<const Values>,
                     std::shared_ptr<const Neighbours>, std::shared_ptr<const Event>>;
    Value() = default;
    Value(Skip skip) : data_(skip) {}
    Value(Model model) : data_(std::make_shared<const Model>(std::move(model))) {}
    Value(Update update) : data_(std::make_shared<const Update>(std::move(update))) {}
    Value(Partial partial) : data_(std::make_shared<const Partial>(std::move(partial))) {}
    Value(Values list) : data_(std::make_shared<const Values>(std::move(list))) {}
    Value(Neighbours list);
    Value(Event event) : data_(std::make_shared<const Event>(std::move(event))) {}
    Value(std::shared_ptr<const Model> model) : data_(std::move(model)) {}
    Value(std::shared_ptr<const Update> update) : data_(std::move(update)) {}

    bool empty() const { return std::holds_alternative<std::monostate>(data_); }
    bool is_skip() const { return std::holds_alternative<Skip>(data_); }
    /// The Model that it is, or the result of the Update that it is; null otherwise.
    const Model* model() const;
    /// The same with shared ownership (aliases the Update's result; nothing is copied).
    std::shared_ptr<const Model> shared_model() const;
    const Update* update() const;
    const Partial* partial() const;
    const Values* list() const;  ///< of Neighbours their values
    const Neighbours* neighbours() const;
    const Event* event() const;
    const Data& data() const { return data_; }
    std::string_view type()
        const;  ///< "Model", "Update", "Partial", "list", "neighbours", "Event", "skip", "nothing"

  private:
    Data data_;
};

/// Where a value of an exchange comes from, and what it counts.
struct Edge {
    std::int64_t sender = 0;  ///< its stream
    double weight = 0;        ///< w_ij: of the receiver's mean
    /// The part of the sender's mass that comes this way; the parts of one sender add up to 1. It differs
    /// from the weight where a directed graph has uniform weights.
    double share = 0;
    friend bool operator==(const Edge&, const Edge&) = default;
};

/// What an exchange gives a stream: its own and its in-neighbours' values, in the order of the senders.
struct Neighbours {
    Values values;
    std::vector<Edge> edges;         ///< one for each value
    std::optional<std::size_t> own;  ///< which of them is its own; none where that is a skip
};

inline Value::Value(Neighbours list) : data_(std::make_shared<const Neighbours>(std::move(list))) {}

/// Bytes of tensor data that this value stands for, as if it were sent (metrics, names and what is
/// private excluded).
std::size_t payload_bytes(const Value& value);

/// A value on its way: the round travels with it.
struct Token {
    Value value;
    Round round;
};

}  // namespace trama::core

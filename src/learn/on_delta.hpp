#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "trama/core/delta.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// What blocks that act on the delta of an update have in common.
namespace trama::learn {

/// The update that came. A caller that passes something else breaks a promise: std::invalid_argument.
const core::Update& update_in(const core::Value& input, std::string_view block);

/// Its delta: what its bytes say when it is encoded, else result − base, dense. Errors (kind `run`): tensors
/// that are not F32, and values that are no finite numbers.
core::Result<core::Delta> delta_of(const core::Update& update);

/// The update with this delta in place of its own, and the bytes that carry it.
core::Result<core::Update> with_delta(const core::Update& update, const core::Delta& delta);

/// How many entries are sent: a share of all (rounded, at least one), or a number.
class Share {
  public:
    static lang::Parameter parameter();
    explicit Share(const core::Call& call);
    std::size_t of(std::size_t elements) const;

  private:
    double share_ = 0;
    std::int64_t number_ = 0;  ///< 0: by share
};

/// Makes the delta smaller. With error feedback, what was lost is kept in the state ("error") and added to
/// the next delta before that is made smaller.
class Compressor : public Function {
  public:
    Compressor(std::string name, bool error_feedback)
        : name_(std::move(name)), error_feedback_(error_feedback) {}
    core::Result<core::Value> apply(const Context& context, core::State& state,
                                    const core::Value& input) const final;
    /// Whether what is lost is added to the next delta.
    static lang::Parameter error_feedback();

  protected:
    struct Work {
        const Context& context;
        core::State& state;
        const core::Layout& layout;  ///< of the parameters
        const core::Delta& delta;    ///< as it came
        std::span<const float> all;  ///< its elements, with what was lost before
    };
    virtual core::Delta compress(const Work& work) const = 0;
    bool feeds_back() const { return error_feedback_; }

  private:
    std::string name_;
    bool error_feedback_;
};

/// The signature of a block from Update to Update.
Describe on_delta(std::string name, std::string group, std::string example, std::string doc,
                  std::string paper = {});
/// The same of one that makes the delta smaller.
Describe compressing(std::string name, std::string example, std::string doc, std::string paper = {});

}  // namespace trama::learn

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "trama/lang/scheme.hpp"

/// Typed trees written by hand, so that tests of the layers behind the checker do not depend on it:
///
///     Build b(registry);
///     auto scheme = b.scheme(b.pipe({b.f("init"), b.feedback({{"rounds", b.integer(3)}}, body)}));
namespace trama::test {

using lang::NodePtr;

lang::Type nothing();
lang::Type payload(std::string name);
lang::Type list(lang::Type inner);
lang::Type bundle(lang::Type inner, std::int64_t width);

class Build {
  public:
    using Arguments = std::vector<core::Argument>;

    explicit Build(const lang::Registry& registry) : registry_(registry) {}

    static core::Constant integer(std::int64_t value) { return {value}; }
    static core::Constant word(std::string name) { return {core::Symbol{std::move(name)}}; }
    static core::Constant call(std::string function, Arguments arguments = {}, std::string name = {});

    /// A registered function; `name` is the user's, empty for an anonymous use.
    NodePtr f(const std::string& function, lang::Type in, lang::Type out, std::string name = {},
              Arguments arguments = {}, std::vector<lang::PerCopy> per_copy = {});
    NodePtr pipe(std::vector<NodePtr> stages);
    NodePtr copies(std::int64_t n, NodePtr branch, std::string index = {});
    NodePtr side_by_side(std::vector<NodePtr> branches);
    NodePtr at(NodePtr inner, core::Constant site);

    NodePtr broadcast(std::int64_t n, lang::Type type = payload("Model"));
    NodePtr scatter(std::int64_t n, lang::Type type = payload("Model"));
    NodePtr gatherall(std::int64_t n, lang::Type type = payload("Update"));
    NodePtr gather(std::int64_t n, Arguments arguments, lang::Type type = payload("Update"));
    NodePtr reduce(std::int64_t n, core::Constant rule, std::int64_t arity = 0,
                   lang::Type type = payload("Update"), Arguments more = {});
    NodePtr fold(core::Constant rule, lang::Type type = payload("Update"));
    NodePtr exchange(std::int64_t n, core::Constant topology, lang::Type type = payload("Update"));
    NodePtr feedback(Arguments conditions, NodePtr body);
    NodePtr tap(std::int64_t every, NodePtr body, lang::Type type = payload("Model"));
    /// Any other block, by name.
    NodePtr block(const std::string& function, lang::Type in, lang::Type out, Arguments arguments = {},
                  NodePtr inner = nullptr, NodePtr body = nullptr);

    lang::Scheme scheme(NodePtr root, std::string name = "test");

  private:
    NodePtr make(lang::Block block, lang::Type in, lang::Type out);

    const lang::Registry& registry_;
    std::map<std::string, std::int64_t> ordinals_, uses_;
};

/// Adds signatures of `init`, `train`, `test` and the rule `mean` (mergeable) for trees that are not run.
void add_fake_signatures(lang::Registry& registry);

}  // namespace trama::test

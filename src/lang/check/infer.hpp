#pragma once

#include <map>
#include <string>
#include <vector>

#include "lang/check/findings.hpp"
#include "lang/check/tree.hpp"
#include "lang/check/types.hpp"
#include "trama/lang/signature.hpp"

namespace trama::lang {

/// Follows the types along the arrows, from the source on, and gives every node its type.
class Inference {
  public:
    Inference(const Registry& registry, Findings& findings) : registry_(registry), findings_(findings) {}
    void run(Tree& root);

  private:
    using Ty = Types::Ty;
    /// What flows into a node, and which text made it.
    struct Input {
        Ty type;
        Where from;
    };
    Ty infer(Tree& tree, const Input& input);
    Ty block(Tree& tree, BlockTree& block, const Input& input);
    Ty copies(Tree& tree, CopiesTree& copies, const Input& input);
    void rules(Tree& tree, BlockTree& block, Types::Variables& variables, Ty out);
    void body(Tree& tree, BlockTree& block, Types::Variables& variables);
    void edge(Tree& tree, BlockTree& block, const FunctionTerm& term, Types::Variables& variables);
    void check_edges();
    void mismatch(Types::Clash clash, const std::string& name, const Where& where, const std::string& given,
                  const std::string& asked, const Input& input);
    void width_clash(const Where& where);
    std::string hint(Types::Clash clash, const std::string& given) const;
    const FunctionTerm& term(const std::string& text);
    const std::vector<Accepted>& accepted(const std::string& text);

    const Registry& registry_;
    Findings& findings_;
    Types types_;
    std::map<std::string, FunctionTerm> terms_;
    std::map<std::string, std::vector<Accepted>> accepted_;
    struct Typed {
        Tree* tree;
        Ty in, out;
    };
    std::vector<Typed> typed_;
    struct Edge {
        Ty type;
        std::vector<Where> published, subscribed;
    };
    std::map<std::string, Edge> edges_;
};

}  // namespace trama::lang

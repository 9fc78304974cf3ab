#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "lang/check/findings.hpp"
#include "lang/check/program.hpp"
#include "lang/check/tree.hpp"
#include "lang/signature/notation.hpp"

namespace trama::lang {

struct Scope;
using ScopePtr = std::shared_ptr<const Scope>;

/// The argument of a `def`: an expression with the scope in which it was written. So `def` is hygienic.
struct Closure {
    ast::ExprPtr expr;
    ScopePtr scope;
};

/// The `i` of `^(i: n)`.
struct IndexVariable {
    std::string name;    ///< as written
    std::string unique;  ///< unlike that of all enclosing ones
    std::int64_t count = 0;
};

/// The definitions that are being expanded, innermost first: what recursion is found by.
struct Active {
    const Definition* definition;
    std::shared_ptr<const Active> outer;
};

/// What names mean at a place in the text.
struct Scope {
    const FileScope* file = nullptr;
    ScopePtr outer;
    std::map<std::string, Closure, std::less<>> parameters;
    std::shared_ptr<const IndexVariable> index;
    ExpansionPtr expansion;
    std::shared_ptr<const Active> active;
};

/// What the place of an expression asks for; it gives words and comparisons their meaning.
struct Wanted {
    const std::vector<Accepted>* accepted;
    const Parameter* parameter;
    const Signature* signature;

    bool takes(Accepted::Kind kind) const;
    bool takes_symbol(std::string_view name) const;
};

struct Value {
    enum class Kind { broken, constant, scheme };
    Kind kind = Kind::broken;
    core::Constant constant;
    TreePtr tree;

    static Value of(core::Constant constant) { return {Kind::constant, std::move(constant), nullptr}; }
    static Value of(TreePtr tree) { return {Kind::scheme, {}, std::move(tree)}; }
};

/// Thrown when a limit is hit, after the diagnostic: the check ends there.
struct LimitReached {};

/// Resolves names, expands `def`, evaluates constants and binds arguments: from the text's trees to one Tree.
class Elaborator {
  public:
    Elaborator(const Registry& registry, const CheckOptions& options, Program& program, Findings& findings);

    void apply_set();  ///< `--set`; before anything else
    TreePtr scheme();  ///< null when there is none (reported)
    /// Looks at what nobody used; after `scheme`. `warn`: says so too, which would mislead when a
    /// mistake is why.
    void check_unused(bool warn);
    std::map<std::string, core::Constant> constants();  ///< of the root file, after `scheme`
    /// Where a call of a data set or net was written, by its text.
    const std::map<std::string, Where>& call_places() const { return call_places_; }
    /// Calls with a file that is not there: no more is said about them.
    bool has_bad_file(const core::Call& call) const { return bad_files_.contains(core::to_text(call)); }

  private:
    using Args = std::vector<ast::Arg>;
    /// A name as it is used: alone, with arguments, with a body.
    struct Use {
        std::string name;
        Span name_span;
        const ast::Call* call = nullptr;  ///< null for a bare name
        Where where;
        const Args& arguments() const;
    };
    struct Bound {
        core::Call call;
        std::vector<PerCopy> per_copy;
        std::vector<core::Argument> samples;
        std::map<std::string, Where, std::less<>> given;
        TreePtr inner;
        bool ok = true;
    };
    using Slots = std::vector<std::vector<const ast::Arg*>>;  // by parameter

    // evaluate.cpp: expressions
    Value evaluate(const ast::ExprPtr& expr, const ScopePtr& scope, const Wanted* wanted = nullptr);
    Value literal(const ast::Literal& literal) const;
    Value list(const ast::ListExpr& list, const ScopePtr& scope, const Wanted* wanted);
    Value element(const ast::Index& index, const ScopePtr& scope, const Where& where);
    std::shared_ptr<const core::Constant> list_value(const ast::ExprPtr& expr, const ScopePtr& scope);
    std::optional<std::int64_t> whole(const ast::ExprPtr& expr, const ScopePtr& scope,
                                      const std::string& what);
    TreePtr broken(const Where& where);
    void enter();  // counts steps and depth

    // names.cpp: what a name means
    Value name(const Use& use, const ScopePtr& scope, const Wanted* wanted);
    Value definition(Definition& definition, const Use& use, const ScopePtr& scope, const Wanted* wanted);
    Value expand(Definition& definition, const Use& use, const ScopePtr& scope, const Wanted* wanted);
    const Signature* meant(const Use& use, const Wanted* wanted) const;
    Value registered(const Signature& signature, const Use& use, const ScopePtr& scope);
    Value unknown(const Use& use, const ScopePtr& scope, const Wanted* wanted);
    const Closure* closure(std::string_view name, const Scope& scope) const;
    Definition* top_level(std::string_view name, const Scope& scope) const;
    void name_tree(Tree& tree, const std::string& name);

    // arithmetic.cpp
    Value unary(const ast::Unary& unary, const ScopePtr& scope, const Where& where);
    Value binary(const ast::Binary& binary, const ScopePtr& scope, const Where& where, const Wanted* wanted);

    // condition.cpp
    Value condition(const ast::Binary& binary, const ScopePtr& scope, const Where& where,
                    const Wanted& wanted);
    std::optional<core::Condition> metric(const ast::ExprPtr& expr, const ScopePtr& scope);
    bool is_metric_like(const ast::ExprPtr& expr, const ScopePtr& scope) const;
    bool is_metric(std::string_view name) const;
    void enter_metrics(Tree& body);

    // arguments.cpp: what is given for which parameter
    Bound bind(const Signature& signature, const Use& use, const ScopePtr& scope);
    Slots assign(const Signature& signature, const Use& use, const ScopePtr& scope, Bound& bound,
                 std::set<std::string>& excused);
    Value argument(const Signature& signature, const Parameter& parameter,
                   const std::vector<const ast::Arg*>& given, const ScopePtr& scope);
    void bind_parameter(const Signature& signature, const Parameter& parameter,
                        const std::vector<const ast::Arg*>& given, const ScopePtr& scope, Bound& bound);
    std::optional<PerCopy> per_copy(const Signature& signature, const Parameter& parameter,
                                    const std::vector<const ast::Arg*>& given, const ScopePtr& scope);
    static bool holds(const Bound& bound, const std::string& pair);
    void check_together(const Signature& signature, const Use& use, const ScopePtr& scope, Bound& bound);
    const core::Constant& fallback(const Signature& signature, const Parameter& parameter);

    // accept.cpp: does a value fit a parameter
    const std::vector<Accepted>& accepted(const Parameter& parameter);
    Value accept(Value value, const Wanted& wanted, const Where& where);
    std::optional<core::Constant> convert(const core::Constant& constant,
                                          const std::vector<Accepted>& accepted, const Where& where);
    bool in_range(const core::Constant& constant, const Wanted& wanted, const Where& where);
    std::string path(const std::string& written, bool folder, const Where& where);

    // scheme.cpp: blocks and what holds them
    TreePtr scheme_of(const ast::ExprPtr& expr, const ScopePtr& scope);
    TreePtr as_scheme(Value value, const Where& where);
    TreePtr block(const Signature& signature, const Use& use, const ScopePtr& scope);
    TreePtr pipe(const ast::Pipe& pipe, const ScopePtr& scope, const Where& where);
    TreePtr copies(const ast::Distribute& distribute, const ScopePtr& scope, const Where& where);
    TreePtr placed(const ast::Place& place, const ScopePtr& scope, const Where& where);
    TreePtr make(decltype(Tree::node) node, const Where& where);

    // set.cpp
    void set(const std::string& name, const std::string& text);

    const Registry& registry_;
    const CheckOptions& options_;
    Program& program_;
    Findings& findings_;
    FileScope builtin_;  // what defaults see: no names but the registry's
    std::unordered_map<const Parameter*, std::vector<Accepted>> accepted_;
    std::unordered_map<const Parameter*, core::Constant> fallbacks_;
    std::map<std::string, Where> call_places_;
    std::set<std::string> index_names_;  // of all copies so far, for hints
    std::set<std::string> bad_files_;
    bool bad_file_ = false;  // one was found since this was cleared
    bool unused_ = false;    // looking at what nobody uses: some words have no meaning there

    // The metrics that a condition may name; null: not known, any will do.
    struct Metrics {
        std::set<std::string, std::less<>> names, falling;
    };
    std::shared_ptr<const Metrics> metrics_;

    // Copy numbers: while an argument is evaluated for one copy they have values; else those that are used
    // are noted, and 0 stands for them.
    std::set<const IndexVariable*> used_;
    std::map<const IndexVariable*, std::int64_t> values_;
    std::size_t nodes_ = 0, steps_ = 0, depth_ = 0;
};

/// `the whole number 3`, `the optimizer `adam(lr: 0.1)``: what was given, in a message.
std::string describe(const core::Constant& constant, const Registry& registry);
/// `a number`, `an optimizer`, "`rr` or `auto`": what is taken.
std::string describe(const std::vector<Accepted>& accepted);
std::string with_article(const std::string& noun);

}  // namespace trama::lang

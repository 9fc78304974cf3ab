#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/lang/ast.hpp"
#include "trama/lang/diagnostic.hpp"
#include "trama/lang/signature.hpp"
#include "trama/lang/type.hpp"

/// The checked, typed tree: what the checker hands to the network layer. Names, `def` and imports are gone;
/// every argument is bound to its parameter and evaluated, but for those that use a copy index.
namespace trama::lang {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

/// An argument that depends on copy indices (`lr: rates[i]`): evaluated for each copy at expansion.
struct PerCopy {
    std::string parameter;
    /// Gives the value for the indices of the enclosing `^(i: n)`, by name. The checker has verified that it
    /// succeeds for all copies.
    std::function<core::Constant(const std::map<std::string, std::int64_t>&)> evaluate;
    std::string text;  ///< as written, for printing
};

/// A registered block with its arguments.
struct Block {
    const Signature* signature = nullptr;
    core::Call call;  ///< name: the user's, or empty; arguments that are constant
    std::vector<PerCopy> per_copy;
    std::string name;  ///< identity (DESIGN §3): the user's name, or kind and ordinal: "broadcast.1"
    std::int64_t occurrence = 0;  ///< which use of that name this is, for random streams
    NodePtr body;                 ///< for feedback, tap; null otherwise
    NodePtr inner;                ///< for a `block` parameter (par); null otherwise
    enum class Loop { none, synchronous, asynchronous };
    Loop loop = Loop::none;     ///< for blocks whose signature is a loop
    std::int64_t inflight = 0;  ///< for an asynchronous loop: tokens it is primed with
};

struct Sequence {
    std::vector<NodePtr> stages;
};

struct Copies {
    std::vector<NodePtr> branches;  ///< one, copied `count` times, or several side by side
    std::int64_t count = 1;         ///< copies of the one branch; with several branches: their number
    bool side_by_side = false;
    std::string index;  ///< the name in `^(i: n)`; empty otherwise
};

struct Placed {
    NodePtr inner;
    core::Constant site;
};

struct Node {
    std::variant<Block, Sequence, Copies, Placed> node;
    Type in;
    Type out;
    Span span;

    template <class T>
    const T* as() const {
        return std::get_if<T>(&node);
    }
};

/// Why a scheme is not deterministic: which block, where.
struct Nondeterminism {
    std::string block;
    std::string why;
    Span span;
};

struct Scheme {
    std::string name;  ///< file name without folder and ending; "scheme" for standard input
    NodePtr root;
    std::vector<Nondeterminism> nondeterminism;  ///< empty: bitwise the same on every engine
    std::vector<std::string> missing_runtimes;  ///< names of blocks without a runtime in this build, in order
    std::map<std::string, core::Constant> constants;  ///< top-level constants after `--set`
    std::string
        canonical;  ///< canonical text of the whole tree after `--set` and imports; its hash names the scheme
    std::vector<SourcePtr> sources;      ///< the file and everything it imports
    const Registry* registry = nullptr;  ///< that it was checked with: it must live as long as the scheme
};

/// Facts that only files tell: asked by the checker for arguments of sort "data" and "net", answered
/// torch-free.
struct ShapeFacts {
    std::vector<std::int64_t> input;  ///< of one sample; empty: unknown
    std::int64_t classes = 0;         ///< outputs; 0: unknown
    std::int64_t samples = 0;         ///< training samples; 0: unknown
};
/// Looks at a data set (headers only) or a net. Errors are diagnostics of kind data at the call's place.
using DataProbe = std::function<core::Result<ShapeFacts>(const core::Call&)>;

struct CheckOptions {
    Limits limits;
    std::vector<std::pair<std::string, std::string>> set;  ///< `--set name=value`
    std::size_t expanded_nodes = 200'000;  ///< blocks and constructs of the tree after `def` expansion
    bool check_files = true;
    DataProbe probe_data;  ///< may be empty: then data and nets are not compared
    DataProbe probe_net;
    /// Reads an imported file; default `read_source`.
    std::function<core::Result<SourcePtr>(const std::string&)> read;
};

struct CheckResult {
    std::optional<Scheme> scheme;         ///< present when there are no errors
    std::vector<Diagnostic> diagnostics;  ///< syntax and checks, in order of place; warnings and notes too
};

/// Parses and checks a file with everything it imports. All findings in one go.
CheckResult check(const SourcePtr& source, const Registry& registry, const CheckOptions& options = {});

/// `trama show`: the typed tree, indented, with the type after each stage.
std::string print_typed(const Scheme& scheme);
/// `trama show --algebra`: RISC-pb²l notation; ASCII when `utf8` is false.
std::string print_algebra(const Scheme& scheme, bool utf8 = true);
/// `trama show --json`.
std::string print_json(const Scheme& scheme);

}  // namespace trama::lang

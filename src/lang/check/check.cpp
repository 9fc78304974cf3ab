#include <filesystem>
#include <utility>

#include "lang/check/elaborate.hpp"
#include "lang/check/infer.hpp"
#include "lang/check/passes.hpp"

namespace trama::lang {
namespace {

std::string scheme_name(const std::string& path) {
    if (path.empty() || path.front() == '<') return "scheme";
    return std::filesystem::path(path).stem().string();
}

}  // namespace

CheckResult check(const SourcePtr& source, const Registry& registry, const CheckOptions& options) {
    Findings findings;
    CheckResult result;
    try {
        Program program = load(source, options, findings);
        Elaborator elaborator(registry, options, program, findings);
        elaborator.apply_set();
        const TreePtr root = elaborator.scheme();
        Scheme scheme;
        if (root) {
            Inference(registry, findings).run(*root);
            check_rates(*root, registry, findings);
            check_fit(*root, registry, findings);
            check_parts(*root, registry, findings);
            check_data(*root, registry, options, elaborator, findings);
            name_blocks(*root);
            check_size(*root, options, findings);
        }
        if (program.root().complete) elaborator.check_unused(!findings.failed());
        if (root && !findings.failed()) {
            scheme.name = scheme_name(source->path());
            scheme.missing_runtimes = missing_runtimes(*root, registry, findings);
            scheme.nondeterminism = nondeterminism(*root);
            scheme.root = finish(*root);
            scheme.canonical = program.canonical();
            scheme.sources = program.sources();
            scheme.registry = &registry;
            scheme.constants = elaborator.constants();
            result.scheme = std::move(scheme);
        }
    } catch (const LimitReached&) {
        // The diagnostic has been made; what stands behind it was not looked at.
    }
    result.diagnostics = std::move(findings).finish(source);
    if (has_errors(result.diagnostics)) result.scheme.reset();
    return result;
}

}  // namespace trama::lang

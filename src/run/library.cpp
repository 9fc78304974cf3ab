#include "run/paths.hpp"
#include "trama/engine/engine.hpp"
#include "trama/run/run.hpp"

namespace trama::run {

void add_builtins(learn::Library& library) {
    learn::add_builtins(library);
    engine::mark_runtimes(library.registry());
}

lang::SourcePtr text(std::string scheme) {
    return std::make_shared<const lang::Source>("<text>", std::move(scheme));
}

lang::CheckResult check(const lang::SourcePtr& source, const learn::Library& library,
                        const Options& options) {
    lang::CheckOptions check;
    check.limits.max_actors = options.max_actors;
    check.set = options.set;
    check.probe_data = [&library, folder = folder_of(*source)](const core::Call& call) {
        return library.probe_data(call, folder);
    };
    check.probe_net = [&library](const core::Call& call) { return library.probe_net(call); };
    return lang::check(source, library.registry(), check);
}

}  // namespace trama::run

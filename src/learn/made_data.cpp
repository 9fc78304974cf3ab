#include "made_data.hpp"

#include "arguments.hpp"

namespace trama::learn {

Param partition_parameter() {
    return Param("partition", "partition", "How the samples are dealt to the clients.").or_else("iid");
}

std::shared_ptr<const Dataset> made_by(const core::Call& call, Dataset&& data) {
    const auto& rule = argument(call, "partition");
    data.partition = rule.call() != nullptr ? rule.call()->function : word(call, "partition");
    data.call = std::make_shared<const core::Call>(call);
    return std::make_shared<const Dataset>(std::move(data));
}

}  // namespace trama::learn

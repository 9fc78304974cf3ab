#include "made_data.hpp"

#include "arguments.hpp"
#include "input/standardise.hpp"

namespace trama::learn {

Param partition_parameter() {
    return Param("partition", "partition", "How the samples are dealt to the clients.").or_else("iid");
}

Describe&& takes_pictures(Describe&& description) {
    return std::move(description)
        .takes(Param("augment", "list(augmentation)",
                     "What is done to pictures as they are trained on, anew each time: [flip, crop(4)].")
                   .or_nothing())
        .takes(Param("normalise", "one_of(channels)",
                     "`channels`: each channel gets mean 0 and deviation 1 over the training pictures.")
                   .or_nothing());
}

namespace {

Augmentation augmentation_of(const core::Call& call) {
    Augmentation augmentation;
    const auto* list = given(call, "augment") ? argument(call, "augment").as<core::List>() : nullptr;
    if (list == nullptr) return augmentation;
    for (const auto& one : *list) {
        if (one.call() != nullptr && one.call()->function == "crop")
            augmentation.crop = integer(*one.call(), "padding");
        else
            augmentation.flip = true;
    }
    return augmentation;
}

}  // namespace

std::shared_ptr<const Dataset> made_by(const core::Call& call, Dataset&& data) {
    const auto& rule = argument(call, "partition");
    data.partition = rule.call() != nullptr ? *rule.call() : core::Call{word(call, "partition"), {}, {}};
    data.augmentation = augmentation_of(call);
    if (given(call, "normalise") && word(call, "normalise") == "channels") standardise_channels(data);
    data.call = std::make_shared<const core::Call>(call);
    return std::make_shared<const Dataset>(std::move(data));
}

}  // namespace trama::learn

#include "support/scheme_builder.hpp"

#include <stdexcept>

namespace trama::test {

using lang::Type;

Type nothing() {
    return {};
}

Type payload(std::string name) {
    Type type;
    type.kind = Type::Kind::payload;
    type.payload = std::move(name);
    return type;
}

Type list(Type inner) {
    Type type;
    type.kind = Type::Kind::list;
    type.inner = std::make_shared<const Type>(std::move(inner));
    return type;
}

Type bundle(Type inner, std::int64_t width) {
    if (inner.kind == Type::Kind::nothing) return inner;
    Type type;
    type.kind = Type::Kind::bundle;
    type.inner = std::make_shared<const Type>(std::move(inner));
    type.width = width;
    return type;
}

core::Constant Build::call(std::string function, Arguments arguments, std::string name) {
    return {std::make_shared<const core::Call>(
        core::Call{std::move(function), std::move(name), std::move(arguments)})};
}

NodePtr Build::make(lang::Block block, Type in, Type out) {
    block.signature = registry_.find(block.call);
    if (block.signature == nullptr) throw std::invalid_argument("no signature for " + block.call.function);
    block.name = block.call.name.empty()
                     ? block.call.function + "." + std::to_string(++ordinals_[block.call.function])
                     : block.call.name;
    block.occurrence = uses_[block.name]++;
    auto node = std::make_shared<lang::Node>();
    node->node = std::move(block);
    node->in = std::move(in);
    node->out = std::move(out);
    return node;
}

NodePtr Build::f(const std::string& function, Type in, Type out, std::string name, Arguments arguments,
                 std::vector<lang::PerCopy> per_copy) {
    lang::Block block;
    block.call = {function, std::move(name), std::move(arguments)};
    block.per_copy = std::move(per_copy);
    return make(std::move(block), std::move(in), std::move(out));
}

NodePtr Build::pipe(std::vector<NodePtr> stages) {
    auto node = std::make_shared<lang::Node>();
    node->in = stages.front()->in;
    node->out = stages.back()->out;
    node->node = lang::Sequence{std::move(stages)};
    return node;
}

NodePtr Build::copies(std::int64_t n, NodePtr branch, std::string index) {
    auto node = std::make_shared<lang::Node>();
    node->in = bundle(branch->in, n);
    node->out = bundle(branch->out, n);
    node->node = lang::Copies{{std::move(branch)}, n, false, std::move(index)};
    return node;
}

NodePtr Build::side_by_side(std::vector<NodePtr> branches) {
    auto node = std::make_shared<lang::Node>();
    const auto n = static_cast<std::int64_t>(branches.size());
    // Bundles of bundles of different widths are one flat bundle here: only the number of streams counts.
    const auto all = [&](auto side) {
        std::int64_t streams = 0;
        Type one;
        for (const auto& branch : branches) {
            const auto& type = (*branch).*side;
            const bool several = type.kind == Type::Kind::bundle;
            streams += several ? type.width : type.kind == Type::Kind::nothing ? 0 : 1;
            one = several ? *type.inner : type;
        }
        return streams == 0 ? nothing() : bundle(one, streams);
    };
    node->in = all(&lang::Node::in);
    node->out = all(&lang::Node::out);
    node->node = lang::Copies{std::move(branches), n, true, {}};
    return node;
}

NodePtr Build::at(NodePtr inner, core::Constant site) {
    auto node = std::make_shared<lang::Node>();
    node->in = inner->in;
    node->out = inner->out;
    node->node = lang::Placed{std::move(inner), std::move(site)};
    return node;
}

NodePtr Build::broadcast(std::int64_t n, Type type) {
    return block("broadcast", type, bundle(type, n));
}

NodePtr Build::scatter(std::int64_t n, Type type) {
    return block("scatter", list(type), bundle(type, n));
}

NodePtr Build::gatherall(std::int64_t n, Type type) {
    return block("gatherall", bundle(type, n), list(type));
}

NodePtr Build::gather(std::int64_t n, Arguments arguments, Type type) {
    return block("gather", bundle(type, n), type, std::move(arguments));
}

NodePtr Build::reduce(std::int64_t n, core::Constant rule, std::int64_t arity, Type type, Arguments more) {
    Arguments arguments{{"rule", std::move(rule)}};
    if (arity > 0) arguments.push_back({"arity", integer(arity)});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return block("reduce", bundle(type, n), type, std::move(arguments));
}

NodePtr Build::fold(core::Constant rule, Type type) {
    return block("fold", list(type), type, {{"rule", std::move(rule)}});
}

NodePtr Build::exchange(std::int64_t n, core::Constant topology, Type type) {
    return block("exchange", bundle(type, n), bundle(list(type), n), {{"topology", std::move(topology)}});
}

NodePtr Build::feedback(Arguments conditions, NodePtr body) {
    lang::Block made;
    made.call = {"feedback", {}, std::move(conditions)};
    made.loop = lang::Block::Loop::synchronous;
    auto in = body->in;
    auto out = body->out;
    made.body = std::move(body);
    return make(std::move(made), std::move(in), std::move(out));
}

NodePtr Build::tap(std::int64_t every, NodePtr body, Type type) {
    return block("tap", type, type, {{"every", integer(every)}}, nullptr, std::move(body));
}

NodePtr Build::block(const std::string& function, Type in, Type out, Arguments arguments, NodePtr inner,
                     NodePtr body) {
    lang::Block made;
    made.call = {function, {}, std::move(arguments)};
    made.inner = std::move(inner);
    made.body = std::move(body);
    return make(std::move(made), std::move(in), std::move(out));
}

lang::Scheme Build::scheme(NodePtr root, std::string name) {
    lang::Scheme scheme;
    scheme.name = std::move(name);
    scheme.root = std::move(root);
    return scheme;
}

void add_fake_signatures(lang::Registry& registry) {
    const auto add = [&](std::string name, std::string sort, std::string type,
                         std::vector<std::string> metrics) {
        lang::Signature made;
        made.name = std::move(name);
        made.sort = std::move(sort);
        made.type = std::move(type);
        made.metrics = std::move(metrics);
        made.mergeable = made.sort == "rule";
        lang::Parameter data;
        data.name = "data";
        data.type = "data";
        data.optional = true;
        lang::Parameter lr;
        lr.name = "lr";
        lr.type = "real";
        lr.optional = true;
        if (made.sort == "block") made.parameters = {data, lr};
        registry.add(std::move(made));
    };
    add("init", "block", "() -> Model", {});
    add("train", "block", "Model -> Update", {"train_loss"});
    add("test", "block", "T -> T", {"accuracy", "loss"});
    add("clip", "block", "Update -> Update", {});
    add("mean", "rule", "[T] -> T", {});
}

}  // namespace trama::test

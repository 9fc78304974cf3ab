#include <nlohmann/json.hpp>

#include "lang/print/arguments.hpp"
#include "trama/lang/scheme.hpp"

namespace trama::lang {
namespace {

using Json = nlohmann::ordered_json;

Json place(const Span& span) {
    if (!span.source) return nullptr;
    const auto position = span.source->position(span.begin);
    return {{"file", span.source->path()}, {"line", position.line}, {"column", position.column}};
}

Json of(const Node& node) {
    Json json;
    const auto types = [&] {
        json["in"] = to_text(node.in);
        json["out"] = to_text(node.out);
        json["place"] = place(node.span);
    };
    if (const auto* block = node.as<Block>()) {
        json["kind"] = "block";
        json["block"] = block->signature->name;
        json["name"] = block->name;
        json["occurrence"] = block->occurrence;
        types();
        Json arguments = Json::object();
        for (const core::Argument& argument : block->call.arguments)
            arguments[argument.parameter] = core::to_text(argument.value);
        for (const PerCopy& argument : block->per_copy)
            arguments[argument.parameter] = argument.text;
        json["arguments"] = std::move(arguments);
        if (block->loop != Block::Loop::none) {
            json["loop"] = block->loop == Block::Loop::synchronous ? "synchronous" : "asynchronous";
        }
        if (block->loop == Block::Loop::asynchronous) json["inflight"] = block->inflight;
        if (block->inner) json["inner"] = of(*block->inner);
        if (block->body) json["body"] = of(*block->body);
    } else if (const auto* sequence = node.as<Sequence>()) {
        json["kind"] = "pipe";
        types();
        json["stages"] = Json::array();
        for (const NodePtr& stage : sequence->stages)
            json["stages"].push_back(of(*stage));
    } else if (const auto* copies = node.as<Copies>()) {
        json["kind"] = "distribute";
        types();
        if (!copies->side_by_side) json["copies"] = copies->count;
        if (!copies->index.empty()) json["index"] = copies->index;
        json["branches"] = Json::array();
        for (const NodePtr& branch : copies->branches)
            json["branches"].push_back(of(*branch));
    } else if (const auto* placed = node.as<Placed>()) {
        json["kind"] = "placed";
        types();
        json["site"] = core::to_text(placed->site);
        json["inner"] = of(*placed->inner);
    }
    return json;
}

}  // namespace

std::string print_json(const Scheme& scheme) {
    Json json;
    json["name"] = scheme.name;
    json["type"] = to_text(scheme.root->out);
    json["deterministic"] = scheme.nondeterminism.empty();
    json["nondeterminism"] = Json::array();
    for (const Nondeterminism& one : scheme.nondeterminism) {
        json["nondeterminism"].push_back(
            {{"block", one.block}, {"why", one.why}, {"place", place(one.span)}});
    }
    json["missing_runtimes"] = scheme.missing_runtimes;
    Json constants = Json::object();
    for (const auto& [name, value] : scheme.constants)
        constants[name] = core::to_text(value);
    json["constants"] = std::move(constants);
    json["scheme"] = of(*scheme.root);
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace trama::lang

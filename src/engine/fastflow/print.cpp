#include <algorithm>

#include <fmt/format.h>

#include "engine/fastflow/plan.hpp"

namespace trama::engine::fastflow {

using network::ActorId;
using network::Network;

namespace {

/// Of "scheme/feedback/[2]/client" the last part that is no copy; of inner nodes of a tree, whose they are.
std::string label(const std::string& path) {
    auto rest = std::string_view(path);
    while (rest.ends_with(']'))
        rest.remove_suffix(rest.size() - std::min(rest.rfind('/'), rest.size()));
    auto slash = rest.rfind('/');
    if (slash != std::string_view::npos && rest.substr(slash).starts_with("/level."))
        slash = rest.substr(0, slash).rfind('/');
    return std::string(slash == std::string_view::npos ? rest : rest.substr(slash + 1));
}

bool gives(const Network& network, ActorId from, ActorId to) {
    return std::ranges::any_of(network.actors[to].inputs, [&](network::ChannelId id) {
        const auto& channel = network.channels[id];
        return channel.from == from && !channel.back_edge && !channel.newest;
    });
}

class Printer {
  public:
    explicit Printer(const Network& network) : network_(network) {}

    std::string print(const Shape& shape, std::size_t indent) {
        std::string text;
        const auto first = shape.parts.begin();
        const auto left = first + static_cast<std::ptrdiff_t>(shape.left);
        switch (shape.kind) {
            case Shape::Kind::node:
                text = node(shape);
                break;
            case Shape::Kind::pipeline:
                text = "ff_pipeline(\n" + parts("", first, shape.parts.end(), indent);
                break;
            case Shape::Kind::farm:
                text = "ff_farm(\n" + parts("emitter", first, first + 1, indent) + ",\n" +
                       parts("workers", first + 1, shape.parts.end() - 1, indent) + ",\n" +
                       parts("collector", shape.parts.end() - 1, shape.parts.end(), indent);
                break;
            case Shape::Kind::all_to_all:
                text = "ff_a2a(\n" + parts("left", first, left, indent) + ",\n" +
                       parts("right", left, shape.parts.end(), indent);
                break;
        }
        if (shape.kind != Shape::Kind::node) text += ")";
        if (shape.wraps_around) text += ".wrap_around()";
        return text;
    }

    std::size_t nodes() const { return nodes_; }

  private:
    using Part = std::vector<Shape>::const_iterator;

    std::string node(const Shape& shape) {
        ++nodes_;
        std::string text = "ff_node{";
        for (std::size_t i = 0; i < shape.actors.size(); ++i) {
            if (i > 0) text += gives(network_, shape.actors[i - 1], shape.actors[i]) ? " >> " : ", ";
            text += label(network_.actors[shape.actors[i]].path);
        }
        return text + "}";
    }
    /// Equal ones that follow each other are printed once.
    std::string parts(std::string_view name, Part begin, Part end, std::size_t indent) {
        const auto inner = indent + 4;
        std::string text;
        std::string last;
        std::size_t count = 0;
        const auto flush = [&] {
            if (count == 0) return;
            text += fmt::format("{}{}{}{}{}", text.empty() ? "" : ",\n", std::string(inner, ' '),
                                name.empty() ? "" : fmt::format("{}: ", name),
                                count > 1 ? fmt::format("{} × ", count) : "", last);
            count = 0;
        };
        for (auto part = begin; part != end; ++part) {
            auto one = print(*part, inner);
            if (one != last) flush();
            last = std::move(one);
            ++count;
        }
        flush();
        return text;
    }

    const Network& network_;
    std::size_t nodes_ = 0;
};

}  // namespace

std::string print(const Plan& plan, const Network& network) {
    Printer printer(network);
    std::vector<std::pair<std::string, std::size_t>> shapes;  // equal ones together: they have no order
    for (const auto& shape : plan.shapes) {
        auto one = printer.print(shape, 0);
        const auto known = std::ranges::find(shapes, one, &std::pair<std::string, std::size_t>::first);
        if (known != shapes.end())
            ++known->second;
        else
            shapes.emplace_back(std::move(one), 1);
    }
    std::string text;
    for (const auto& [shape, count] : shapes)
        text += (count > 1 ? fmt::format("{} × ", count) : "") + shape + "\n";
    text += fmt::format("\n{} node{}, a thread each\n", printer.nodes(), printer.nodes() == 1 ? "" : "s");
    for (const auto& note : plan.notes)
        text += fmt::format("note: {}\n", note);
    return text;
}

}  // namespace trama::engine::fastflow

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "network/show.hpp"

namespace trama::network {
namespace {

std::string without_copies(std::string_view path) {
    std::string open;
    for (std::size_t i = 0; i < path.size(); ++i) {
        open += path[i];
        if (path[i] != '[') continue;
        open += '*';
        while (i + 1 < path.size() && path[i + 1] != ']')
            ++i;
    }
    return open;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

/// A box of the picture: one actor, or all copies of one.
struct Box {
    std::vector<ActorId> actors;
    std::size_t cluster = 0;  ///< 0: outside of any
};

struct Cluster {
    std::string label;
    std::size_t parent = 0;
    std::size_t loops = 0;
};

class Picture {
  public:
    Picture(const Network& network, const DrawOptions& options)
        : network_(network), unfold_(options.unfold && network.actors.size() <= options.max_nodes) {
        too_many_ = options.unfold && !unfold_;
    }

    std::string draw() {
        find_clusters();
        find_boxes();
        out_ = fmt::format(
            "digraph \"{}\" {{\n"
            "  rankdir=LR; ranksep=0.35; nodesep=0.25; fontname=\"Helvetica\"; fontsize=11; compound=true;\n"
            "  node [fontname=\"Helvetica\", fontsize=11, shape=box, style=\"rounded,filled\", "
            "fillcolor=\"#f6f8fa\", "
            "color=\"#57606a\", height=0.3, margin=\"0.12,0.06\"];\n"
            "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#57606a\", fontcolor=\"#57606a\", "
            "arrowsize=0.7];\n",
            escaped(network_.name));
        if (too_many_) {
            out_ += fmt::format("  label=\"{} actors: copies are drawn as one\"; labelloc=b;\n",
                                network_.actors.size());
        }
        draw_cluster(0, "  ");
        draw_edges();
        return out_ + "}\n";
    }

  private:
    std::string key(const std::string& path) const { return unfold_ ? path : without_copies(path); }

    void find_clusters() {
        clusters_.emplace_back();
        std::map<std::string, std::size_t> known;
        for (const auto& loop : network_.loops) {
            const auto [at, fresh] = known.emplace(key(loop.path), clusters_.size());
            if (fresh) {
                const auto parent = loop.parent < 0 ? 0 : of_loop_[static_cast<std::size_t>(loop.parent)];
                const auto name = key(loop.path);
                clusters_.push_back(
                    {fmt::format("{}  {}", name.substr(name.rfind('/') + 1), conditions(loop)), parent});
            }
            ++clusters_[at->second].loops;
            of_loop_.push_back(at->second);
        }
    }

    void find_boxes() {
        std::map<std::string, std::size_t> known;
        for (const auto& actor : network_.actors) {
            const auto [at, fresh] = known.emplace(key(actor.path), boxes_.size());
            if (fresh)
                boxes_.push_back({{}, actor.loop < 0 ? 0 : of_loop_[static_cast<std::size_t>(actor.loop)]});
            boxes_[at->second].actors.push_back(actor.id);
            of_actor_.push_back(at->second);
        }
    }

    void draw_cluster(std::size_t cluster, const std::string& indent) {
        for (std::size_t i = 0; i < boxes_.size(); ++i) {
            if (boxes_[i].cluster == cluster) draw_box(i, indent);
        }
        for (std::size_t i = 1; i < clusters_.size(); ++i) {
            if (clusters_[i].parent != cluster) continue;
            const auto times = clusters_[i].loops > 1 ? fmt::format(" ×{}", clusters_[i].loops) : "";
            out_ += fmt::format(
                "{}subgraph cluster_{} {{\n{}  label=\"{}{}\"; labeljust=l; style=\"rounded,filled\"; "
                "color=\"#8c959f\"; "
                "fillcolor=\"#0969da0d\"; margin=12;\n",
                indent, i, indent, escaped(clusters_[i].label), times);
            draw_cluster(i, indent + "  ");
            out_ += indent + "}\n";
        }
    }

    std::string label(const Actor& actor) const {
        switch (actor.kind) {
            case Kind::function: {
                const auto& own = actor.call->name;
                return own.empty() || own == actor.call->function ? actor.call->function
                                                                  : own + "\\n" + actor.call->function;
            }
            case Kind::reduce:
            case Kind::fold:
            case Kind::mix: {
                const auto rule = actor.call ? actor.call->function : std::string();
                return actor.level > 0 ? fmt::format("{}\\nlevel {}", rule, actor.level)
                                       : fmt::format("{}\\n{}", to_text(actor.kind), rule);
            }
            case Kind::sample:
                return (broadcasts_too(actor) ? "broadcast\\n" : "") + actor.block->function;
            case Kind::loop:
                return "↻";
            case Kind::sink:
                return "result";
            default:
                return std::string(to_text(actor.kind));
        }
    }

    void draw_box(std::size_t i, const std::string& indent) {
        const auto& box = boxes_[i];
        const auto& actor = network_.actors[box.actors.front()];
        auto text = label(actor);
        std::string look;
        if (actor.kind == Kind::loop) look += ", shape=circle, margin=0, width=0.35, fixedsize=false";
        if (actor.kind == Kind::sink) look += ", shape=oval";
        if (actor.kind == Kind::function) look += ", fillcolor=\"#ddf4ff\"";
        if (actor.kind == Kind::reduce || actor.kind == Kind::fold || actor.kind == Kind::mix) {
            look += ", fillcolor=\"#dafbe1\"";
        }
        if (unfold_ && !actor.copy.empty()) text += fmt::format(" [{}]", actor.rank);
        if (box.actors.size() > 1) {
            // A stack of cards: the bundle.
            text += fmt::format(" ×{}", box.actors.size());
            look += ", peripheries=2";
        }
        out_ += fmt::format("{}n{} [label=\"{}\"{}];\n", indent, i, escaped_label(text), look);
    }

    static std::string escaped_label(const std::string& text) {
        std::string out;
        for (const char c : text) {
            if (c == '"') out += '\\';
            out += c;
        }
        return out;
    }

    void draw_edges() {
        struct Edge {
            std::size_t count = 0;
            const Channel* first = nullptr;
        };
        std::map<std::tuple<std::size_t, std::size_t, bool, bool>, Edge> edges;
        for (const auto& channel : network_.channels) {
            auto& edge =
                edges[{of_actor_[channel.from], of_actor_[channel.to], channel.back_edge, channel.newest}];
            if (edge.count++ == 0) edge.first = &channel;
        }
        for (const auto& [ends, edge] : edges) {
            const auto& [from, to, back, newest] = ends;
            auto text = edge.first->payload;
            if (edge.count > 1) text += fmt::format(" ×{}", edge.count);
            std::string look;
            if (edge.count > 1) look += ", penwidth=2";
            if (back) look += ", style=dashed, color=\"#bc4c00\", fontcolor=\"#bc4c00\", constraint=false";
            if (newest) look += ", style=dotted, constraint=false";
            out_ += fmt::format("  n{} -> n{} [label=\"{}\"{}];\n", from, to, escaped(text), look);
        }
    }

    const Network& network_;
    bool unfold_;
    bool too_many_ = false;
    std::vector<Cluster> clusters_;
    std::vector<std::size_t> of_loop_;  ///< loop → cluster
    std::vector<Box> boxes_;
    std::vector<std::size_t> of_actor_;  ///< actor → box
    std::string out_;
};

}  // namespace

std::string print_dot(const Network& network, const DrawOptions& options) {
    return Picture(network, options).draw();
}

}  // namespace trama::network

#include "engine/fastflow/fit.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace trama::engine::fastflow {
namespace {

using Kind = Shape::Kind;
using Shapes = std::vector<Shape>;

/// Each stands in memory of its own.
constexpr std::size_t most_queues = 4096;

bool all_of(const Shapes& shapes, Kind kind) {
    return std::ranges::all_of(shapes, [&](const Shape& shape) { return shape.kind == kind; });
}

/// It has one way in and one way out.
bool is_slim(const Shape& shape) {
    if (shape.wraps_around) return false;  // its way out leads back
    if (shape.kind == Kind::pipeline) return is_slim(shape.parts.front()) && is_slim(shape.parts.back());
    return shape.kind != Kind::all_to_all;
}

/// On one side of an all-to-all.
bool are_alike(const Shapes& side) {
    const bool slim = std::ranges::all_of(side, is_slim);
    return slim && (all_of(side, Kind::node) || std::ranges::all_of(side, [](const Shape& shape) {
                        return shape.kind == Kind::pipeline && all_of(shape.parts, Kind::node);
                    }));
}

/// Whether that stage can follow those.
bool follows(const Shapes& before, const Shape& stage) {
    const auto& last = before.back();
    if (last.wraps_around || stage.wraps_around) return false;
    if (stage.kind != Kind::all_to_all) return true;
    if (last.kind == Kind::all_to_all) return last.parts.size() - last.left == stage.left;
    // A node with many inputs and many outputs is none of FastFlow's.
    return last.kind == Kind::node &&
           (before.size() == 1 || before[before.size() - 2].kind != Kind::all_to_all);
}

bool may_wrap(const Shape& shape) {
    switch (shape.kind) {
        case Kind::node:
            return false;
        case Kind::farm:
            return true;
        case Kind::all_to_all:
            return shape.parts.size() == 2 * shape.left;
        case Kind::pipeline:
            break;
    }
    const auto& first = shape.parts.front();
    const auto& last = shape.parts.back();
    if (first.kind == Kind::all_to_all && last.kind == Kind::all_to_all)
        return last.parts.size() - last.left == first.left;
    return is_slim(first) && is_slim(last);
}

class Fitter {
  public:
    Shapes pieces(Shape shape) {
        switch (shape.kind) {
            case Kind::node:
                shape.wraps_around = false;
                return {std::move(shape)};
            case Kind::pipeline:
                return pieces_of_pipeline(std::move(shape));
            case Kind::farm:
            case Kind::all_to_all:
                break;
        }
        return pieces_of_parallel(std::move(shape));
    }
    std::vector<std::string> notes;

  private:
    void note(const char* text) {
        if (std::ranges::find(notes, text) == notes.end()) notes.emplace_back(text);
    }
    void wrap(Shape& shape) {
        shape.wraps_around = may_wrap(shape);
        if (!shape.wraps_around)
            note("the way back of a feedback is no wrap_around here: its tokens go over their channel alone");
    }

    Shapes pieces_of_pipeline(Shape shape) {
        std::vector<Shapes> runs;
        bool apart = false;  // what comes next begins anew
        for (auto& part : shape.parts) {
            auto made = pieces(std::move(part));
            const bool broken = made.size() > 1;
            if (!broken && made.front().kind == Kind::pipeline && !made.front().wraps_around)
                made = std::exchange(made.front().parts, {});  // stages of stages are stages
            for (auto& stage : made) {
                if (runs.empty() || apart || !follows(runs.back(), stage)) runs.emplace_back();
                runs.back().push_back(std::move(stage));
                apart = broken;
            }
        }
        if (runs.size() > 1)
            note(
                "some stages cannot follow each other in FastFlow: they run side by side, and tokens between "
                "them go over their channels alone");
        Shapes all;
        for (auto& run : runs) {
            if (run.size() == 1) {
                all.push_back(std::move(run.front()));
                continue;
            }
            Shape pipeline;
            pipeline.kind = Kind::pipeline;
            pipeline.parts = std::move(run);
            all.push_back(std::move(pipeline));
        }
        if (shape.wraps_around && all.size() == 1) {
            wrap(all.front());
        } else if (shape.wraps_around) {
            note("the way back of a feedback is no wrap_around here: its tokens go over their channel alone");
        }
        return all;
    }

    Shapes pieces_of_parallel(Shape shape) {
        Shapes all;
        bool whole = true;
        for (auto& part : shape.parts) {
            auto made = pieces(std::move(part));
            whole = whole && made.size() == 1 && !made.front().wraps_around;
            std::ranges::move(made, std::back_inserter(all));
        }
        if (whole) {
            const auto wraps = std::exchange(shape.wraps_around, false);
            shape.parts = std::move(all);
            if (shape.kind == Kind::farm ? is_farm(shape) : is_all_to_all(shape)) {
                if (wraps) wrap(shape);
                return {std::move(shape)};
            }
            all = std::move(shape.parts);
        }
        note(
            shape.kind == Kind::farm
                ? "what a farm has inside cannot be in one of FastFlow's: its parts run side by side, and "
                  "tokens "
                  "between them go over their channels alone"
                : "what an all-to-all has on its sides cannot be in one of FastFlow's: its parts run side by "
                  "side, and tokens between them go over their channels alone");
        return all;
    }

    static bool is_farm(const Shape& shape) {
        const auto& parts = shape.parts;
        return parts.size() > 2 && parts.front().kind == Kind::node && parts.back().kind == Kind::node &&
               std::ranges::all_of(parts, is_slim);
    }
    static bool is_all_to_all(const Shape& shape) {
        const auto border = shape.parts.begin() + static_cast<std::ptrdiff_t>(shape.left);
        const Shapes left(shape.parts.begin(), border);
        const Shapes right(border, shape.parts.end());
        return !left.empty() && !right.empty() && left.size() * right.size() <= most_queues &&
               are_alike(left) && are_alike(right);
    }
};

}  // namespace

Plan fit(Plan plan) {
    Fitter fitter;
    fitter.notes = std::move(plan.notes);
    Shapes all;
    for (auto& shape : plan.shapes)
        std::ranges::move(fitter.pieces(std::move(shape)), std::back_inserter(all));
    return {std::move(all), std::move(fitter.notes)};
}

}  // namespace trama::engine::fastflow

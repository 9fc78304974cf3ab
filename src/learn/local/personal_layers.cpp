#include <fnmatch.h>

#include <algorithm>
#include <ranges>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "method.hpp"

namespace trama::learn {

namespace {

using Names = std::vector<std::string>;

/// The tensors of `from` with these names, as a set of their own.
core::ParameterSet chosen(const core::ParameterSet& from, const Names& names) {
    std::vector<core::Entry> entries;
    for (const auto& name : names)
        if (const auto* entry = from.layout().find(name)) entries.push_back(*entry);
    core::ParameterBuffer out(std::make_shared<const core::Layout>(std::move(entries)));
    const auto layout = out.layout();
    for (const auto& entry : layout->entries()) {
        const auto source = from.bytes().subspan(from.layout().find(entry.name)->offset, entry.bytes());
        std::ranges::copy(source, out.bytes().subspan(entry.offset).begin());
    }
    return std::move(out).freeze();
}

/// `set` with these tensors in place of its own.
core::ParameterSet replaced(const core::ParameterSet& set, const core::ParameterSet& by) {
    if (by.empty()) return set;
    auto out = set.copy();
    for (const auto& entry : by.layout().entries()) {
        const auto source = by.bytes().subspan(entry.offset, entry.bytes());
        std::ranges::copy(source, out.bytes().subspan(set.layout().find(entry.name)->offset).begin());
    }
    return std::move(out).freeze();
}

std::string listed(const Names& names) {
    constexpr std::size_t shown = 12;
    const auto count = std::min(shown, names.size());
    auto text =
        fmt::format("there are `{}`",
                    fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count), "`, `"));
    return names.size() == count ? text : fmt::format("{}, and {} more", text, names.size() - count);
}

/// What stays at the client, by name.
class PersonalTensors : public LocalMethod {
  public:
    core::Result<void> before(LocalRun& run) const override {
        auto names = of(run);
        if (!names) return tl::unexpected(names.error());
        const auto kept = run.state.sets.find(parameters);
        if (kept == run.state.sets.end()) return {};
        run.start.params = replaced(run.start.params, kept->second);
        run.start.buffers = replaced(run.start.buffers, run.state.sets.at(buffers));
        return {};
    }

    core::Result<void> after(LocalRun& run) const override {
        auto names = of(run);
        if (!names) return tl::unexpected(names.error());
        run.state.sets.insert_or_assign(parameters, chosen(run.result.params, *names));
        run.state.sets.insert_or_assign(buffers, chosen(run.result.buffers, *names));
        run.result.params = replaced(run.result.params, chosen(run.received->params, *names));
        run.result.buffers = replaced(run.result.buffers, chosen(run.received->buffers, *names));
        return {};
    }

  protected:
    virtual core::Result<Names> of(const LocalRun& run) const = 0;

    static Names all_names(const LocalRun& run) {
        Names names;
        for (const auto* set : {&run.received->params, &run.received->buffers})
            for (const auto& entry : set->layout().entries())
                names.push_back(entry.name);
        return names;
    }

  private:
    static constexpr const char* parameters = "personal";
    static constexpr const char* buffers = "personal buffers";
};

class PersonalLayers final : public PersonalTensors {
  public:
    explicit PersonalLayers(Names patterns) : patterns_(std::move(patterns)) {}

  protected:
    core::Result<Names> of(const LocalRun& run) const override {
        const auto all = all_names(run);
        std::vector<bool> matched(all.size());
        for (const auto& pattern : patterns_) {
            bool any = false;
            for (std::size_t i = 0; i < all.size(); ++i) {
                if (::fnmatch(pattern.c_str(), all[i].c_str(), 0) != 0) continue;
                matched[i] = any = true;
            }
            if (any) continue;
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("no parameter of `{}` has a name like `{}`",
                                          core::to_text(*run.received->architecture), pattern),
                              {}, listed(all));
        }
        Names names;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (matched[i]) names.push_back(all[i]);
        return names;
    }

  private:
    Names patterns_;
};

class PersonalNorm final : public PersonalTensors {
  protected:
    core::Result<Names> of(const LocalRun& run) const override {
        Names names;
        for (const auto& layer : run.net->layers | std::views::filter(is_normalisation)) {
            for (auto& name : all_names(run))
                if (name.starts_with(layer.name + ".")) names.push_back(std::move(name));
        }
        if (names.empty()) {
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("`personal: norm` keeps layers that normalise, and `{}` has none",
                                          core::to_text(*run.received->architecture)),
                              {}, "name the layers that stay at the client: `personal: [\"layers.0.*\"]`");
        }
        return names;
    }
};

}  // namespace

Method personal_layers(std::vector<std::string> patterns) {
    return std::make_unique<const PersonalLayers>(std::move(patterns));
}

Method personal_norm() {
    return std::make_unique<const PersonalNorm>();
}

}  // namespace trama::learn

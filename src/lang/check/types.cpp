#include "lang/check/types.hpp"

#include <utility>

namespace trama::lang {

using Ty = Types::Ty;

namespace {
constexpr const char* models = "M";  // the variable that stands for Model or Update only
}

Ty Types::add(Node node) {
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
}

Ty Types::nothing() {
    return add({Kind::nothing, {}, 0, 0, {}});
}
Ty Types::broken() {
    return add({Kind::broken, {}, 0, 0, {}});
}
Ty Types::variable() {
    return add({Kind::variable, {}, 0, 0, {}});
}
Ty Types::any() {
    return add({Kind::shape, {}, 0, 0, {}});
}
Ty Types::bundle(Ty inner, Width width) {
    return add({Kind::bundle, {}, inner, width, {}});
}

Types::Width Types::width(std::int64_t number, const Where& where) {
    widths_.push_back({number, number == 0, where, {}});
    return widths_.size() - 1;
}

Types::Width Types::width_variable(const Where& where) {
    widths_.push_back({0, false, where, {}});
    return widths_.size() - 1;
}

Ty Types::find(Ty type) const {
    while (nodes_[type].bound)
        type = *nodes_[type].bound;
    return type;
}

Types::Width Types::find_width(Width width) const {
    while (widths_[width].bound)
        width = *widths_[width].bound;
    return width;
}

Ty Types::instantiate(const TypeTerm& term, Variables& variables, const Where& where) {
    const auto variable_of = [&](Kind kind) {
        const auto found = variables.types.find(term.name);
        if (found != variables.types.end()) return found->second;
        const Ty made = add({kind, term.name, 0, 0, {}});
        variables.types.emplace(term.name, made);
        return made;
    };
    switch (term.kind) {
        case TypeTerm::Kind::nothing:
            return nothing();
        case TypeTerm::Kind::payload:
            return add({Kind::payload, term.name, 0, 0, {}});
        case TypeTerm::Kind::variable:
            return variable_of(Kind::variable);
        case TypeTerm::Kind::shape:
            return variable_of(Kind::shape);
        case TypeTerm::Kind::list:
            return add({Kind::list, {}, instantiate(*term.inner, variables, where), 0, {}});
        case TypeTerm::Kind::bundle: {
            const Ty inner = instantiate(*term.inner, variables, where);
            if (term.width.empty()) return bundle(inner, width(term.number, where));
            auto found = variables.widths.find(term.width);
            if (found == variables.widths.end()) {
                found = variables.widths.emplace(term.width, width_variable(where)).first;
            }
            return bundle(inner, found->second);
        }
    }
    return broken();
}

bool Types::same_width(Width given, Width asked) {
    given = find_width(given);
    asked = find_width(asked);
    if (given == asked) return true;
    WidthNode& a = widths_[given];
    WidthNode& b = widths_[asked];
    if (a.number != 0 && b.number != 0 && a.number != b.number) {
        clash_ = {a.number, b.number, a.where, b.where};
        return false;
    }
    const bool excused = a.excused || b.excused;
    if (a.number != 0 || b.number == 0) {  // of two that are not known, the one that made the bundle stays
        b.bound = given;
        a.excused = excused;
    } else {
        a.bound = asked;
        b.excused = excused;
    }
    return true;
}

Types::Clash Types::flow(Ty given, Ty asked) {
    given = find(given);
    asked = find(asked);
    if (given == asked) return Clash::none;
    const Node a = nodes_[given], b = nodes_[asked];  // copies: what follows adds nodes
    if (a.kind == Kind::broken || b.kind == Kind::broken) {
        give_up(given);
        give_up(asked);
        return Clash::none;
    }
    if (b.kind == Kind::shape || (b.kind == Kind::variable && a.kind != Kind::bundle)) {
        if (a.kind == Kind::nothing) return Clash::nothing;
        const bool is_model = a.kind == Kind::payload && (a.name == "Model" || a.name == "Update");
        if (b.name == models && !is_model) {
            if (a.kind != Kind::variable) return Clash::payload;
            nodes_[given].bound = asked;
            return Clash::none;
        }
        nodes_[asked].bound = given;
        return Clash::none;
    }
    if (a.kind == Kind::variable || a.kind == Kind::shape) {
        if (b.kind == Kind::nothing) return Clash::source;
        if (a.kind == Kind::variable && b.kind == Kind::bundle) return Clash::stream;
        nodes_[given].bound = asked;
        return Clash::none;
    }
    if (b.kind == Kind::nothing) return a.kind == Kind::nothing ? Clash::none : Clash::source;
    if (a.kind == Kind::nothing) return Clash::nothing;
    if (a.kind == Kind::bundle && b.kind != Kind::bundle) return Clash::bundle;
    if (a.kind != Kind::bundle && b.kind == Kind::bundle) return Clash::stream;
    if (a.kind == Kind::bundle) {
        if (!same_width(a.width, b.width)) return Clash::width;
        return flow(a.inner, b.inner);
    }
    if (a.kind == Kind::list && b.kind == Kind::list) return flow(a.inner, b.inner);
    if (a.kind == Kind::payload && b.kind == Kind::payload &&
        (a.name == b.name || (a.name == "Update" && b.name == "Model"))) {
        return Clash::none;
    }
    return Clash::payload;
}

Ty Types::mapped(Ty type, const std::string& from, const std::string& to) {
    type = find(type);
    const Node node = nodes_[type];
    if (node.kind == Kind::payload && node.name == from) return add({Kind::payload, to, 0, 0, {}});
    if (node.kind != Kind::list && node.kind != Kind::bundle) return type;
    const Ty inner = mapped(node.inner, from, to);
    return inner == node.inner ? type : add({node.kind, {}, inner, node.width, {}});
}

Ty Types::demoted(Ty type) {
    return mapped(type, "Update", "Model");
}
Ty Types::promoted(Ty type) {
    return mapped(type, "Model", "Update");
}

std::optional<Ty> Types::joined(Ty a, Ty b) {
    if (flow(b, a) == Clash::none) return a;
    if (flow(a, b) == Clash::none) return b;
    return std::nullopt;
}

bool Types::is_nothing(Ty type) {
    return nodes_[find(type)].kind == Kind::nothing;
}
bool Types::is_bundle(Ty type) {
    return nodes_[find(type)].kind == Kind::bundle;
}
bool Types::is_broken(Ty type) {
    return nodes_[find(type)].kind == Kind::broken;
}
Ty Types::inner(Ty type) {
    return nodes_[find(type)].inner;
}

void Types::give_up(Ty type) {
    type = find(type);
    Node& node = nodes_[type];
    if (node.kind == Kind::variable || node.kind == Kind::shape) node.kind = Kind::broken;
    if (node.kind == Kind::bundle) widths_[find_width(node.width)].excused = true;
    if (node.kind == Kind::bundle || node.kind == Kind::list) give_up(node.inner);
}

std::string Types::text(Ty type) {
    const Node& node = nodes_[find(type)];
    switch (node.kind) {
        case Kind::nothing:
            return "()";
        case Kind::payload:
            return node.name;
        case Kind::list:
            return "[" + text(node.inner) + "]";
        case Kind::bundle: {
            const std::string inner = is_bundle(node.inner) ? "(" + text(node.inner) + ")" : text(node.inner);
            const std::int64_t number = widths_[find_width(node.width)].number;
            return inner + "^" + (number == 0 ? "n" : std::to_string(number));
        }
        case Kind::variable:
            if (node.name == models) return "Model";
            [[fallthrough]];
        case Kind::shape:
        case Kind::broken:
            return node.name.empty() ? "?" : node.name;
    }
    return "?";
}

Type Types::resolved(Ty type) {
    const Node& node = nodes_[find(type)];
    Type made;
    switch (node.kind) {
        case Kind::nothing:
            return made;
        case Kind::payload:
            made.kind = Type::Kind::payload;
            made.payload = node.name;
            return made;
        case Kind::list:
        case Kind::bundle:
            made.kind = node.kind == Kind::list ? Type::Kind::list : Type::Kind::bundle;
            made.inner = std::make_shared<const Type>(resolved(node.inner));
            if (node.kind == Kind::bundle) made.width = widths_[find_width(node.width)].number;
            return made;
        case Kind::variable:
        case Kind::shape:
        case Kind::broken:
            made.kind = Type::Kind::payload;
            made.payload = "?";
            return made;
    }
    return made;
}

std::vector<Where> Types::unknown_widths(Ty type) {
    std::vector<Where> places;
    for (type = find(type);; type = find(nodes_[type].inner)) {
        const Node& node = nodes_[type];
        if (node.kind == Kind::bundle) {
            WidthNode& width = widths_[find_width(node.width)];
            if (width.number == 0 && !width.excused) places.push_back(width.where);
            if (width.number == 0) width.excused = true;
        } else if (node.kind != Kind::list) {
            return places;
        }
    }
}

bool Types::has_unknown_payload(Ty type) {
    type = find(type);
    const Node& node = nodes_[type];
    if (node.kind == Kind::list || node.kind == Kind::bundle) return has_unknown_payload(node.inner);
    return node.kind == Kind::variable || node.kind == Kind::shape;
}

bool operator==(const Type& a, const Type& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case Type::Kind::nothing:
            return true;
        case Type::Kind::payload:
            return a.payload == b.payload;
        case Type::Kind::list:
            return *a.inner == *b.inner;
        case Type::Kind::bundle:
            return a.width == b.width && *a.inner == *b.inner;
    }
    return false;
}

std::string to_text(const Type& type) {
    switch (type.kind) {
        case Type::Kind::nothing:
            return "()";
        case Type::Kind::payload:
            return type.payload;
        case Type::Kind::list:
            return "[" + to_text(*type.inner) + "]";
        case Type::Kind::bundle: {
            const std::string inner = to_text(*type.inner);
            const std::string width = type.width == 0 ? "n" : std::to_string(type.width);
            return (type.inner->kind == Type::Kind::bundle ? "(" + inner + ")" : inner) + "^" + width;
        }
    }
    return {};
}

}  // namespace trama::lang

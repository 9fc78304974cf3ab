#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lang/check/place.hpp"
#include "lang/signature/notation.hpp"
#include "trama/lang/type.hpp"

namespace trama::lang {

/// Types with variables, bound by unification. Ty and Width are numbers of one store and live as long as it.
class Types {
  public:
    using Ty = std::size_t;
    using Width = std::size_t;

    /// Why one type does not flow where another is asked.
    enum class Clash {
        none,
        payload,  ///< Frame where Model is asked
        width,    ///< 4 streams where 5 are asked
        bundle,   ///< a bundle where one stream is asked
        stream,   ///< one stream where a bundle is asked
        nothing,  ///< nothing comes where something is asked
        source,   ///< something comes where nothing is asked
    };
    /// The two widths of the last Clash::width, with where each was fixed.
    struct WidthClash {
        std::int64_t given = 0, asked = 0;
        Where given_at, asked_at;
    };

    Ty nothing();
    Ty broken();  ///< fits everything, in silence
    Ty variable();
    Ty any();  ///< a variable that may stand for a bundle too
    Ty bundle(Ty inner, Width width);
    Width width(std::int64_t number, const Where& where);
    Width width_variable(const Where& where);  ///< `where`: the block that makes the bundle

    /// The type of a signature; its variables are shared by all terms made with the same map.
    struct Variables {
        std::map<std::string, Ty> types;
        std::map<std::string, Width> widths;
    };
    Ty instantiate(const TypeTerm& term, Variables& variables, const Where& where);

    /// Makes `given` flow where `asked` is: binds variables of both. Update flows where Model is asked.
    Clash flow(Ty given, Ty asked);
    const WidthClash& width_clash() const { return clash_; }

    Ty demoted(Ty type);   ///< Updates as Models
    Ty promoted(Ty type);  ///< Models as Updates
    /// The nearest type where both flow; nothing when there is none.
    std::optional<Ty> joined(Ty a, Ty b);

    bool is_nothing(Ty type);
    bool is_bundle(Ty type);
    bool is_broken(Ty type);
    Ty inner(Ty type);          ///< of a bundle
    void give_up(Ty type);      ///< what is not known in it is broken now, in silence
    std::string text(Ty type);  ///< `Model^n` where a width is not known
    Type resolved(Ty type);     ///< payload "?" and width 0 where not known
    /// The bundles in `type` whose width is not known: where they are made. Each is given once.
    std::vector<Where> unknown_widths(Ty type);
    bool has_unknown_payload(Ty type);

  private:
    enum class Kind { variable, shape, nothing, broken, payload, list, bundle };
    struct Node {
        Kind kind;
        std::string name;
        Ty inner = 0;
        Width width = 0;
        std::optional<Ty> bound;
    };
    struct WidthNode {
        std::int64_t number = 0;  ///< 0: not known
        bool excused = false;
        Where where;
        std::optional<Width> bound;
    };
    Ty add(Node node);
    Ty find(Ty type) const;
    Width find_width(Width width) const;
    bool same_width(Width given, Width asked);
    Ty mapped(Ty type, const std::string& from, const std::string& to);

    std::vector<Node> nodes_;
    std::vector<WidthNode> widths_;
    WidthClash clash_;
};

}  // namespace trama::lang

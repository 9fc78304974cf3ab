#include "support/random_scheme.hpp"

#include <initializer_list>
#include <utility>

namespace trama::test {
namespace {

/// Parts are made one after the other, from the left: with `+` compilers choose the order, and it draws.
std::string join(std::initializer_list<std::string> parts) {
    std::string text;
    for (const auto& part : parts)
        text += part;
    return text;
}

class Writer {
  public:
    Writer(std::uint64_t seed, const RandomScheme& options) : state_(seed), options_(options) {}

    std::string scheme() {
        const std::string begin = "worker = train\nscheme = ";
        if (one_in(5)) {
            const int n = width();
            return join({begin, "[| init(per_copy: 1) |]^", std::to_string(n), "\n    >> ",
                         peers(n, options_.depth), one_in(2) ? "" : "\n    >> reduce(mean)", "\n"});
        }
        return join({begin, "init\n    >> ", stream(options_.depth),
                     one_in(4) ? "\n    >> " + server_with_memory() : "",
                     one_in(4) ? "\n    >> " + several_tokens() : "", "\n"});
    }

  private:
    /// splitmix64 (Steele, Lea and Flood, 2014).
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
    bool one_in(int n) { return below(n) == 0; }
    /// Something wrong is to stand here.
    bool spoil() { return options_.wrong && one_in(8); }
    int width() { return 2 + below(3); }
    std::string number(int from, int to) { return std::to_string(from + below(to - from + 1)); }
    std::string any(std::initializer_list<const char*> words) {
        return words.begin()[below(static_cast<int>(words.size()))];
    }

    /// One stream to one stream, a token for each.
    std::string stream(int depth) {
        std::string text = element(depth);
        for (int more = below(3); more > 0; --more)
            text += " >> " + element(depth - 1);
        return text;
    }

    std::string element(int depth) {
        if (depth <= 0 || one_in(4)) return function();
        if (spoil()) {
            return any({"window(2)", "gather", "reduce(mean)", "broadcast", "mix(mixing)", "unicast(rr)",
                        "queue(capacity: 1, drop: oldest)", "init"});
        }
        switch (below(7)) {
            case 0:
            case 1:
                return star(depth);
            case 2:
                return side_by_side(depth);
            case 3: {
                const std::string until = ends();
                return join({"feedback(rounds: ", number(1, 3), until, ") { ",
                             within(false, [&] { return stream(depth - 1); }),
                             until.empty() ? "" : " >> test", " }"});
            }
            case 4:
                return join({"tap(every: ", number(1, 2), ") { ", stream(depth - 1), " }"});
            case 5: {
                const int n = width();
                return join({"broadcast >> ", peers(n, depth), " >> ", fold(n, n)});
            }
            default:
                return asynchronous(depth);
        }
    }

    std::string function() {
        return any({"train", "train", "worker", "test", "count", "queue(capacity: 2)"});
    }

    std::string ends() { return one_in(4) ? ", until: accuracy >= 1000000" : ""; }

    /// What stands in a loop that is asynchronous, or is not.
    template <class Write>
    std::string within(bool asynchronous, const Write& write) {
        const bool outer = std::exchange(asynchronous_, asynchronous);
        std::string text = write();
        asynchronous_ = outer;
        return text;
    }

    std::string copies(int n, const std::string& inside) {
        return "[| " + inside + " |]^" + std::to_string(spoil() ? n + 1 : n);
    }

    /// Of n streams to one, of which `there` give something.
    std::string fold(int n, int there) {
        if (spoil()) return any({"gather", "gather(rr)", "gatherall", "reduce(mixing)"});
        switch (below(4)) {
            case 0:
                return "gatherall >> fold(mean)";
            case 1:
                return "reduce(mean, arity: 2)";
            case 2:
                return join({"gatherall >> scatter >> ", copies(n, "test"), " >> reduce(mean)"});
            default:
                if (!options_.timing || asynchronous_ || there < 2) return "reduce(mean)";
                return join({"reduce(mean, quorum: ", std::to_string(spoil() ? there + 1 : there - 1),
                             any({"", ", late: drop", ", late: fold"}), ")"});
        }
    }

    std::string star(int depth) {
        const int n = width();
        int there = n;
        std::string chosen, inside;
        const std::string all = one_in(4) ? "spread(test, arity: 2)" : spoil() ? "unicast(rr)" : "broadcast";
        switch (below(6)) {
            case 0:
                there = n - 1;
                chosen = join({" >> sample(", std::to_string(there), any({"", ", by: samples"}), ")"});
                break;
            case 1:
                there = 1;
                chosen = join({" >> sample(streams: [[0], [", std::to_string(spoil() ? n : n - 1), "]])"});
                break;
            case 2:
                there = 1;  // or more, or none: nobody knows
                chosen = " >> available(80%)";
                break;
            case 3:
                there = n - 1;
                inside = "skip(rank: 1) >> ";
                break;
            default:
                break;
        }
        return join({all, chosen, " >> ", copies(n, inside + stream(depth - 1)), " >> ", fold(n, there)});
    }

    std::string side_by_side(int depth) {
        return join({"broadcast >> [| ", stream(depth - 1), ", ",
                     spoil() ? "broadcast >> [| test |]^2 >> gather" : stream(depth - 1),
                     " |] >> reduce(mean)"});
    }

    std::string topology(int n) {
        if (one_in(6)) return "cycle(full, ring)";
        if (n == 4 && one_in(2)) return any({"torus(2, 2)", "hypercube"});
        return any({"full", "ring", "star", "exponential", "one_peer_exponential"});
    }

    /// n streams to n, which exchange in rounds.
    std::string peers(int n, int depth) {
        const std::string until = ends();
        const std::string inside = copies(n, within(false, [&] { return stream(depth - 1); }));
        const std::string graph = topology(n);
        const bool both_ways = graph.find("exponential") == std::string::npos;
        return join({"feedback(rounds: ", number(1, 3), until, ") { ", inside, " >> exchange(", graph,
                     both_ways ? any({"", ", weights: metropolis"}) : std::string(), ") >> ",
                     spoil() ? "gatherall" : copies(n, until.empty() ? "fold(mean)" : "fold(mean) >> test"),
                     " }"});
    }

    std::string asynchronous(int depth) {
        const int n = width();
        const bool turns = !options_.timing || one_in(2);
        const bool mixes = !one_in(4) || spoil();
        const bool counts = one_in(2) && (mixes || spoil());
        std::string conditions = join({counts ? any({"updates: ", "versions: "}) : "rounds: ", number(3, 8)});
        if (one_in(3)) conditions += ", inflight: " + number(1, n + 1);
        std::string clients = copies(n, within(true, [&] { return stream(depth - 1); }) + " >> train");
        if (one_in(6)) {  // rounds of their own, which none of them shares with the others
            const std::string until = spoil() ? ", until: accuracy >= 1000000" : "";
            if (spoil()) clients += " >> exchange(full) >> " + copies(n, "fold(mean)");
            clients = join({"feedback(rounds: ", number(1, 2), until, ") { ", clients, " >> ",
                            copies(n, until.empty() ? "count" : "test"), " } >> ", copies(n, "train")});
        }
        const std::string policy = turns ? "rr" : any({"rr", "auto", "random"});
        std::string merge = turns ? "gather(rr)" : "gather";
        if (spoil())
            merge = any({"reduce(mean)", "gatherall >> fold(mean)", "gather(rr)", "gather(rr) >> window(2)"});
        const char* mix = !mixes ? "" : spoil() ? " >> mix(mean)" : " >> mix(mixing)";
        return join(
            {"feedback(", conditions, ") { unicast(", policy, ") >> ", clients, " >> ", merge, mix, " }"});
    }

    /// A rule with a State, whose result no outer fold takes.
    std::string server_with_memory() {
        const int n = width();
        return join({"feedback(rounds: 2) { broadcast >> ", copies(n, "train"), " >> reduce(momentum) }"});
    }

    /// More than one token on a stream, where no loop waits for them.
    std::string several_tokens() {
        const int n = width();
        return join({"broadcast >> ", copies(n, function()), " >> gather(rr) >> ",
                     any({"window(2) >> fold(mean)", "test", "feedback(rounds: 2) { train }"})});
    }

    std::uint64_t state_;
    RandomScheme options_;
    bool asynchronous_ = false;  ///< within a loop with several tokens under way
};

}  // namespace

std::string random_scheme(std::uint64_t seed, const RandomScheme& options) {
    return Writer(seed, options).scheme();
}

}  // namespace trama::test

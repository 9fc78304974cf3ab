// A program that builds a scheme, runs it with an aggregation rule of its own, and uses the model that comes
// out.
#include <iostream>
#include <trama/trama.hpp>

#include "middle.hpp"

namespace {

/// Hears of everything that happens in a run; here, only of rounds.
class Rounds final : public trama::measure::Observer {
  public:
    void round_done(std::string_view /*loop*/, const trama::core::Round& round, std::int64_t rounds,
                    const trama::core::Metrics& metrics) override {
        std::cout << "round " << trama::core::to_text(round) << " of " << rounds << ": accuracy "
                  << metrics.at("accuracy").value << "\n";
    }
};

}  // namespace

int main() {
    using namespace trama;
    learn::prepare_environment();  // before there are threads

    learn::Library library;
    run::add_builtins(library);
    add_middle(library);

    const auto scheme = run::text(R"(
        data   = digits()
        client = train(data, optimizer: sgd(lr: 0.1, momentum: 0.9), batch: 32)

        scheme = init(mlp(64, 32, 10)) >> feedback(rounds: 5) {
            broadcast >> [| client |]^5 >> reduce(middle) >> test(data)
        }
    )");

    Rounds rounds;
    const auto report = run::run(scheme, library, {.seed = 1}, &rounds);
    if (!report) {
        std::cerr << "error: " << report.error().message << "\n";
        return core::exit_code(report.error().kind);
    }
    std::cout << "accuracy " << report->metrics.at("accuracy").value << " after " << report->rounds
              << " rounds, " << report->models.front().params.layout().entries().size() << " tensors, model "
              << report->hashes.front().substr(0, 16) << "\n";
}

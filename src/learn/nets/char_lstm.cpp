#include "../arguments.hpp"
#include "../make_net.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

Layer sized(Layer::Kind kind, std::int64_t in, std::int64_t out) {
    auto layer = linear_layer(in, out);
    layer.kind = kind;
    return layer;
}

core::Result<std::shared_ptr<const Net>> make_char_lstm(const core::Call& call) {
    auto characters = integer(call, "characters"), embedding = integer(call, "embedding");
    auto hidden = integer(call, "hidden");
    return make_net(call, {integer(call, "length")},
                    {sized(Layer::Kind::embedding, characters, embedding),
                     sized(Layer::Kind::lstm, embedding, hidden), sized(Layer::Kind::lstm, hidden, hidden),
                     plain_layer(Layer::Kind::last_step), linear_layer(hidden, characters)});
}

}  // namespace

void add_char_lstm(Library& library) {
    library.add_net(
        Describe("char_lstm", "net")
            .in("Nets")
            .says(
                "The next-character net of the FedAvg paper: an embedding of 8 features, two LSTM layers of "
                "256 cells, and the character that follows. Samples are character numbers. With "
                "80 characters it has 819,920 parameters.")
            .like("net = char_lstm(characters: 80)")
            .after("McMahan et al., Communication-Efficient Learning of Deep Networks from Decentralized "
                   "Data, AISTATS 2017")
            .takes(Param("characters", "int", "How many different characters there are.")
                       .or_else("80")
                       .at_least(1)
                       .at_most(1e5))
            .takes(Param("length", "int", "Characters in a sample.").or_else("80").at_least(1).at_most(1e5))
            .takes(
                Param("embedding", "int", "Features of a character.").or_else("8").at_least(1).at_most(1e5))
            .takes(
                Param("hidden", "int", "Cells of each LSTM layer.").or_else("256").at_least(1).at_most(1e5)),
        make_char_lstm);
}

}  // namespace trama::learn

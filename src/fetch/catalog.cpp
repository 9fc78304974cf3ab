#include <algorithm>

#include "trama/fetch/fetch.hpp"

// Sizes and sums are those that TensorFlow Datasets publishes (github.com/tensorflow/datasets,
// tensorflow_datasets/url_checksums/<name>.txt); those of Fashion-MNIST stand in Keras, too
// (keras/src/datasets/fashion_mnist.py). Mirrors are those of TensorFlow Datasets, of torchvision
// (torchvision/datasets/mnist.py) and of the authors.

namespace trama::fetch {
namespace {

constexpr const char* tensorflow_datasets = "TensorFlow Datasets";

std::vector<Set> sets() {
    return {
        {.name = "cifar10",
         .summary = "CIFAR-10: 60,000 colour pictures of 32×32 pixels in 10 classes",
         .sums = tensorflow_datasets,
         .mirrors = {"https://www.cs.toronto.edu/~kriz/"},
         .files = {{"cifar-10-binary.tar.gz", 170052171,
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", true}},
         .keeps = {".bin", ".txt"}},
        {.name = "cifar100",
         .summary = "CIFAR-100: 60,000 colour pictures of 32×32 pixels in 100 classes",
         .sums = tensorflow_datasets,
         .mirrors = {"https://www.cs.toronto.edu/~kriz/"},
         .files = {{"cifar-100-binary.tar.gz", 168513733,
                    "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec", true}},
         .keeps = {".bin", ".txt"}},
        {.name = "emnist",
         .summary = "EMNIST: handwritten letters and digits of 28×28 pixels, all six splits",
         .sums = tensorflow_datasets,
         .mirrors = {"https://biometrics.nist.gov/cs_links/EMNIST/",
                     "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/"},
         .files = {{"gzip.zip", 561753746, "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
                    true}},
         .keeps = {".gz", ".txt"}},
        {.name = "fashion_mnist",
         .summary = "Fashion-MNIST: 70,000 pictures of clothes of 28×28 pixels",
         .sums = "TensorFlow Datasets and Keras",
         .mirrors = {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                     "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                     "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"},
         .files = {{"train-images-idx3-ubyte.gz", 26421880,
                    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
                   {"train-labels-idx1-ubyte.gz", 29515,
                    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
                   {"t10k-images-idx3-ubyte.gz", 4422102,
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
                   {"t10k-labels-idx1-ubyte.gz", 5148,
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}}},
        {.name = "mnist",
         .summary = "MNIST: 70,000 handwritten digits of 28×28 pixels",
         .sums = tensorflow_datasets,
         .mirrors = {"https://storage.googleapis.com/cvdf-datasets/mnist/",
                     "https://ossci-datasets.s3.amazonaws.com/mnist/"},
         .files = {{"train-images-idx3-ubyte.gz", 9912422,
                    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
                   {"train-labels-idx1-ubyte.gz", 28881,
                    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
                   {"t10k-images-idx3-ubyte.gz", 1648877,
                    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
                   {"t10k-labels-idx1-ubyte.gz", 4542,
                    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}}},
        {.name = "shakespeare",
         .summary = "plays of Shakespeare, one text of 1.1 MB (tiny Shakespeare)",
         .sums = tensorflow_datasets,
         .mirrors = {"https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/"},
         .files = {{"input.txt", 1115394,
                    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"}}},
    };
}

}  // namespace

const std::vector<Set>& catalog() {
    static const std::vector<Set> all = sets();
    return all;
}

const Set* find(std::string_view name) {
    const auto found = std::ranges::find(catalog(), name, &Set::name);
    return found == catalog().end() ? nullptr : &*found;
}

}  // namespace trama::fetch

#include "../made_data.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// Data sets, partitions and nets without a runtime yet: they check and print.
namespace trama::learn {

namespace {

Describe parts(std::string name, std::string example, std::string doc, std::string paper = {}) {
    return Describe(std::move(name), "partition")
        .in("Partitions")
        .says(std::move(doc))
        .like("mnist(dir: \"data/mnist\", partition: " + std::move(example) + ")")
        .after(std::move(paper));
}

Param least() {
    return Param("min_samples", "int", "Drawn again until every part has as many.").or_else("1").at_least(1);
}

void add_partition_plans(lang::Registry& registry) {
    registry.add(parts("dirichlet", "dirichlet(alpha: 0.5)",
                       "Deals each class by shares drawn from a Dirichlet distribution: the smaller `alpha`, "
                       "the fewer classes has a client.",
                       "Hsu, Qi and Brown, Measuring the Effects of Non-Identical Data Distribution for "
                       "Federated Visual "
                       "Classification, 2019")
                     .takes(Param("alpha", "real", "Concentration.").above(0))
                     .takes(least()));
    registry.add(parts("shards", "shards(2)",
                       "Sorts by label, cuts into shards, and deals each client `k` of them.",
                       "McMahan et al., Communication-Efficient Learning of Deep Networks from Decentralized "
                       "Data, AISTATS 2017")
                     .takes(Param("k", "int", "Shards per client.").or_else("2").at_least(1)));
    registry.add(parts("quantity", "quantity(sigma: 1.0)",
                       "Parts of different sizes, drawn from a log-normal distribution.")
                     .takes(Param("sigma", "real", "Deviation of the logarithm of the size.").at_least(0))
                     .takes(least()));
    registry.add(
        parts("natural", "natural", "The parts that the data set itself has: writers, speakers, devices."));
    registry.add(parts("by", "by(\"hospital\")", "One part for each value of a column.")
                     .takes(Param("column", "string", "The column's name.")));
    registry.add(
        parts("feature_noise", "feature_noise(sigma: 0.1)",
              "Equal parts, with more Gaussian noise from client to client.",
              "Li et al., Federated Learning on Non-IID Data Silos: An Experimental Study, ICDE 2022")
            .takes(Param("sigma", "real", "Deviation of the noise of the last client.").at_least(0)));
}

void add_data_plans(lang::Registry& registry) {
    registry.add(
        Describe("local", "data")
            .in("Data")
            .says("Data that live at each worker, and are checked there: they never leave it.")
            .like("data = local(dir: \"/srv/scans\")")
            .takes(Param("dir", "string", "Folder at the worker; the same name everywhere."))
            .takes(
                Param("format", "one_of(auto, idx, csv, images)", "What the folder holds.").or_else("auto")));
    for (const char* name : {"cifar10", "cifar100"}) {
        registry.add(Describe(name, "data")
                         .in("Data")
                         .says("50,000 colour pictures of 32×32 pixels to train on, 10,000 to test, in the "
                               "binary format.")
                         .like(std::string("data = ") + name + "(dir: \"data/" + name + "\")")
                         .after("Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009")
                         .takes(Param("dir", "folder", "Folder with the binary files."))
                         .takes(partition_parameter()));
    }
    registry.add(Describe("emnist", "data")
                     .in("Data")
                     .says("EMNIST: handwritten letters and digits of 28×28 pixels, in the idx format.")
                     .like("data = emnist(dir: \"data/emnist\", split: letters)")
                     .after("Cohen et al., EMNIST: an Extension of MNIST to Handwritten Letters, IJCNN 2017")
                     .takes(Param("dir", "folder", "Folder with the idx files."))
                     .takes(Param("split", "one_of(balanced, byclass, bymerge, digits, letters, mnist)",
                                  "Which of its splits.")
                                .or_else("balanced"))
                     .takes(partition_parameter()));
    registry.add(
        Describe("image_folder", "data")
            .in("Data")
            .says("Pictures in one folder per class.")
            .like("data = image_folder(dir: \"flowers\", size: [3, 64, 64])")
            .takes(Param("dir", "folder", "Folder whose folders are the classes."))
            .takes(Param("size", "list(int)", "Channels, rows and columns that pictures are scaled to.")
                       .at_least(1))
            .takes(
                Param("test", "fraction", "Share held out for testing.").or_else("20%").at_least(0).below(1))
            .takes(partition_parameter()));
}

}  // namespace

void add_data_and_parts(Library& library) {
    add_partition_plans(library.registry());
    add_data_plans(library.registry());
}

}  // namespace trama::learn

#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// Data sets without a runtime yet: they check and print.
namespace trama::learn {

namespace {

void add_data_plans(lang::Registry& registry) {
    registry.add(
        Describe("local", "data")
            .in("Data")
            .says("Data that live at each worker, and are checked there: they never leave it.")
            .like("data = local(dir: \"/srv/scans\")")
            .takes(Param("dir", "string", "Folder at the worker; the same name everywhere."))
            .takes(
                Param("format", "one_of(auto, idx, csv, images)", "What the folder holds.").or_else("auto")));
}

}  // namespace

void add_data_and_parts(Library& library) {
    add_data_plans(library.registry());
}

}  // namespace trama::learn

// Files that were written on each instruction set are read here, and what is written here is the same, byte
// for byte. UPDATE_GOLDEN=1 writes those of this machine's instruction set.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <span>

#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "inputs.hpp"
#include "support/process.hpp"
#include "support/walk.hpp"
#include "trama/core/safetensors.hpp"
#include "trama/run/run.hpp"

namespace trama::portable {
namespace {

namespace fs = std::filesystem;
using test::read_file;
using test::TemporaryFolder;

/// Debian's names of them.
constexpr const char* here =
#if defined(__x86_64__)
    "amd64";
#elif defined(__aarch64__)
    "arm64";
#elif defined(__riscv) && __riscv_xlen == 64
    "riscv64";
#else
    "";
#endif

fs::path kept(const std::string& isa) {
    return fs::path(TRAMA_SOURCE_DIR) / "tests/portable/data" / isa;
}

learn::Library library() {
    learn::Library made;
    run::add_builtins(made);
    test::add_walk(made, "walk");
    return made;
}

/// Rounds, with compressed updates and a server that remembers; an asynchronous server.
const std::map<std::string, std::string> schemes{
    {"rounds",
     "scheme = init(mlp(6, 5, 4)) >> feedback(rounds: {rounds}, checkpoint: 2) { broadcast >> [| walk >> "
     "topk(30%) >> quantize(bits: 4) |]^3 >> reduce(fedadam(lr: 0.1)) }\n"},
    {"updates",
     "scheme = init(mlp(6, 5, 4)) >> feedback(updates: {rounds}, checkpoint: 5) { unicast(auto) >> [| walk "
     "|]^3 >> gather >> mix(fedbuff(k: 2)) }\n"},
};

run::Report run_in(const fs::path& folder, const std::string& scheme, int rounds, bool resume = false) {
    const auto made = library();
    run::Options options;
    options.engine = "simulated";
    options.devices = "raspberry-pi-4";
    options.seed = 3;
    options.keep = run::Keep{.folder = folder, .command_line = {}};
    if (resume) options.resume = folder;
    auto text = schemes.at(scheme);
    text.replace(text.find("{rounds}"), 8, std::to_string(rounds));
    auto report = run::run(run::text(text), made, options);
    EXPECT_TRUE(report) << (report ? "" : report.error().message + " " + report.error().where);
    return report ? std::move(*report) : run::Report{};
}

/// What of a summary does not depend on the machine that ran.
void keep_summary(const fs::path& folder) {
    auto summary = nlohmann::ordered_json::parse(read_file(folder / "summary.json"));
    for (const char* measured : {"seconds", "peak_memory_bytes", "model_buffers"})
        summary.erase(measured);
    std::ofstream(folder / "summary.json") << summary.dump(2) << "\n";
}

void write_files(const fs::path& folder) {
    fs::create_directory(folder / "deltas");
    for (const auto& [name, delta] : deltas()) {
        const auto bytes = core::encode(delta).bytes;
        std::ofstream(folder / "deltas" / name, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    }
    ASSERT_TRUE(core::write_safetensors(folder / "tensors.safetensors", of_every_type(),
                                        {{"naïve", "\u2713 ✓"}, {"a", ""}}));
    for (const auto& [name, text] : schemes) {
        run_in(folder / name, name, 8);
        fs::remove(folder / name / "config.json");  // says where and when
        keep_summary(folder / name);
    }
}

std::map<std::string, std::string> contents(const fs::path& folder) {
    std::map<std::string, std::string> all;
    if (!fs::exists(folder)) return all;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            all[entry.path().lexically_relative(folder).string()] = read_file(entry.path());
    return all;
}

class Files : public testing::TestWithParam<const char*> {};

TEST_P(Files, AreWrittenHereByteForByte) {
    const TemporaryFolder folder;
    write_files(folder.path());
    if (updating() && GetParam() == std::string(here)) {
        fs::remove_all(kept(here));
        fs::create_directories(kept(here));
        fs::copy(folder.path(), kept(here), fs::copy_options::recursive);
    }
    const auto made = contents(folder.path());
    const auto known = contents(kept(GetParam()));
    for (const auto& [name, bytes] : known)
        EXPECT_TRUE(made.contains(name)) << name << " is no longer written";
    for (const auto& [name, bytes] : made) {
        const auto same = known.find(name);
        ASSERT_NE(same, known.end()) << name << " was not written on " << GetParam();
        EXPECT_TRUE(bytes == same->second) << name << " is another file than on " << GetParam();
    }
}

TEST_P(Files, OfUpdatesAreRead) {
    for (const auto& [name, delta] : deltas()) {
        const auto bytes = read_file(kept(GetParam()) / "deltas" / name);
        const auto read = core::decode(std::as_bytes(std::span(bytes)));
        ASSERT_TRUE(read) << name << ": " << read.error().message;
        EXPECT_EQ(read->dense(), delta.dense()) << name;
        EXPECT_EQ(read->shape, delta.shape) << name;
    }
}

TEST_P(Files, OfTensorsAreRead) {
    const auto read = core::read_safetensors(kept(GetParam()) / "tensors.safetensors");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->metadata.at("naïve"), "\u2713 ✓");
    const auto written = of_every_type();
    EXPECT_EQ(read->tensors.layout().entries().size(), written.layout().entries().size());
    core::Model a, b;
    a.params = written;
    b.params = read->tensors;
    EXPECT_EQ(core::model_hash(a), core::model_hash(b));
}

/// A run goes on here from the checkpoints of that machine to the bits of one that never stopped.
TEST_P(Files, OfRunsGoOn) {
    for (const auto& [name, text] : schemes) {
        const TemporaryFolder folder;
        const auto whole = run_in(folder.path() / "whole", name, 13);
        run_in(folder.path() / "here", name, 8);
        for (const char* part : {"checkpoints", "metrics.jsonl", "model.safetensors"}) {
            fs::remove_all(folder.path() / "here" / part);
            fs::copy(kept(GetParam()) / name / part, folder.path() / "here" / part,
                     fs::copy_options::recursive);
        }
        const auto resumed = run_in(folder.path() / "here", name, 13, true);
        EXPECT_GT(resumed.resumed_from, 0) << name;
        EXPECT_EQ(resumed.hashes, whole.hashes) << name;
        EXPECT_EQ(read_file(folder.path() / "here/metrics.jsonl"),
                  read_file(folder.path() / "whole/metrics.jsonl"))
            << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Portable, Files, testing::Values("amd64", "arm64", "riscv64"),
                         [](const auto& isa) { return std::string(isa.param); });

}  // namespace
}  // namespace trama::portable

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include "reference.hpp"

namespace trama::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Script : public testing::Test {
  protected:
    Script() : folder_(fs::temp_directory_path() / ("trama-script-" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
    }
    ~Script() override { fs::remove_all(folder_); }

    fs::path folder_;
};

std::vector<Training> kinds() {
    std::vector<Training> all{training(linear_net(50, 7), byte_images(60, {50}, 7), sgd(), 0.1),
                              training(mlp_net({144, 20, 5}), byte_images(60, {1, 12, 12}, 5), sgd(), 0.1),
                              training(small_cnn(), byte_images(60, {1, 12, 12}, 5), sgd(), 0.1),
                              training(mlp_net({12, 9, 1}), regression_rows(60, 12), sgd(), 0.1)};
    all.push_back(training(small_lenet(), byte_images(60, {1, 12, 12}, 5), sgd(), 0.1));
    for (const char* norm : {"group", "batch"}) {
        all.push_back(training(small_resnet(norm), byte_images(60, {2, 8, 7}, 5), sgd(), 0.1));
        const learn::Trained trained = all.back().run().value();  // running statistics that count
        all.back().model.params = trained.params;
        all.back().model.buffers = trained.buffers;
    }
    all.push_back(training(small_lstm(), texts(60, 9, 11), sgd(), 0.1));
    learn::Dataset featured = float_rows(60, 9, 3);
    featured.scale.assign(9, 0.7F);
    featured.shift = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    all.push_back(training(linear_net(9, 3), featured, sgd(), 0.1));
    return all;
}

TEST_F(Script, GivesTheLogitsOfTheModelOnRawSamples) {
    const fs::path path = folder_ / "model.pt";
    for (const Training& task : kinds()) {
        ASSERT_TRUE(backend().save_script(task.model, task.net, &task.data, path).has_value());
        // Not bit for bit: newer libtorch has other kernels for convolutions in TorchScript.
        const auto expected = testing::Pointwise(testing::FloatNear(1e-6F), plain_logits(task));
        EXPECT_THAT(script_logits(path, task.data, true), expected);
        EXPECT_THAT(script_logits(path, task.data, false), expected) << "rows of features";
    }
}

TEST_F(Script, NamesTheClasses) {
    const Training task = kinds()[0];
    const fs::path path = folder_ / "model.pt";
    ASSERT_TRUE(backend().save_script(task.model, task.net, &task.data, path).has_value());
    EXPECT_EQ(script_labels(path), task.data.class_names);
}

TEST_F(Script, WithoutADataSetTakesNumbersAsTheyAre) {
    Training task = training(linear_net(9, 3), float_rows(60, 9, 3), sgd(), 0.1);
    const fs::path path = folder_ / "model.pt";
    ASSERT_TRUE(backend().save_script(task.model, task.net, nullptr, path).has_value());
    EXPECT_EQ(script_logits(path, task.data, true), plain_logits(task));
    EXPECT_TRUE(script_labels(path).empty());
}

TEST_F(Script, ComesBackBitForBit) {
    const fs::path path = folder_ / "model.pt";
    for (const Training& task : kinds()) {
        ASSERT_TRUE(backend().save_script(task.model, task.net, &task.data, path).has_value());
        const auto loaded = backend().load_script(path);
        ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
        for (const core::ParameterSet* set : {&task.model.params, &task.model.buffers}) {
            for (const core::Entry& entry : set->layout().entries()) {
                const core::Entry* found = loaded->layout().find(entry.name);
                ASSERT_NE(found, nullptr) << entry.name;
                EXPECT_TRUE(std::ranges::equal(loaded->floats(*found), set->floats(entry))) << entry.name;
            }
        }
        EXPECT_EQ(loaded->bytes().size(),
                  task.model.params.bytes().size() + task.model.buffers.bytes().size());
    }
}

TEST_F(Script, BuffersComeBackToo) {
    Training task = training(linear_net(9, 3), float_rows(60, 9, 3), sgd(), 0.1);
    core::ParameterBuffer buffer(std::make_shared<const core::Layout>(std::vector<core::Entry>{
        {"norm.mean", core::DType::f32, {2}, 0}, {"steps", core::DType::i64, {1}, 0}}));
    std::memset(buffer.bytes().data(), 0, buffer.bytes().size());
    buffer.floats(buffer.layout()->entries()[0])[1] = 4.5F;
    task.model.buffers = std::move(buffer).freeze();
    const fs::path path = folder_ / "model.pt";
    ASSERT_TRUE(backend().save_script(task.model, task.net, nullptr, path).has_value());
    const core::ParameterSet loaded = backend().load_script(path).value();
    ASSERT_NE(loaded.layout().find("norm.mean"), nullptr);
    EXPECT_EQ(loaded.floats(*loaded.layout().find("norm.mean"))[1], 4.5F);
    EXPECT_EQ(loaded.layout().find("steps")->type, core::DType::i64);
}

TEST_F(Script, LeavesNothingBehindWhenItCannotWrite) {
    const Training task = kinds()[0];
    const auto written =
        backend().save_script(task.model, task.net, &task.data, folder_ / "missing" / "model.pt");
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().kind, core::ErrorKind::data);
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Script, OtherFilesAreRefused) {
    const fs::path path = folder_ / "model.pt";
    const auto expect_refused = [&](const std::string& why) {
        const auto loaded = backend().load_script(path);
        ASSERT_FALSE(loaded.has_value());
        EXPECT_EQ(loaded.error().kind, core::ErrorKind::data);
        EXPECT_THAT(loaded.error().message, HasSubstr(why));
        EXPECT_EQ(loaded.error().where, path.string());
        EXPECT_THAT(loaded.error().message, Not(HasSubstr("frame #"))) << "no stack of libtorch's";
    };
    expect_refused("cannot read");
    std::ofstream(path) << "";
    expect_refused("not TorchScript");
    std::ofstream(path) << "PK\3\4 not really a zip file";
    expect_refused("not TorchScript");

    const Training task = kinds()[0];
    ASSERT_TRUE(backend().save_script(task.model, task.net, &task.data, path).has_value());
    fs::resize_file(path, fs::file_size(path) / 2);
    expect_refused("not TorchScript");
    fs::remove(path);
    fs::create_directory(path);
    expect_refused("cannot read");
}

/// What a user does with the files: Python, without anything of ours.
TEST_F(Script, PythonRunsThemOnRawSamples) {
    const std::string python = "/usr/bin/python3";  // the one that Debian's python3-torch is for
    utsname machine{};
    ::uname(&machine);  // under emulation, Python is another machine's, whose kernels round otherwise
    const auto probe =
        fmt::format("{} -c 'import platform, torch; assert platform.machine() == \"{}\"' 2>/dev/null", python,
                    machine.machine);
    if (std::system(probe.c_str()) != 0) {
        GTEST_SKIP() << "python3-torch is not installed, or not for this machine";
    }
    std::vector<Training> tasks = kinds();
    std::erase_if(tasks, [](const Training& task) { return task.data.test.bytes.empty(); });
    const auto file = [&](std::size_t i, const char* ending) {
        return folder_ / fmt::format("{}.{}", i, ending);
    };
    std::ofstream script(folder_ / "use.py");
    script << R"(import sys, torch
torch.set_num_threads(1)

def use(name, shape):
    model = torch.jit.load(sys.argv[1] + name + ".pt")
    pixels = bytearray(open(sys.argv[1] + name + ".samples", "rb").read())
    logits = model(torch.frombuffer(pixels, dtype=torch.uint8).reshape(shape))
    open(sys.argv[1] + name + ".logits", "wb").write(bytes(logits.detach().contiguous().flatten().numpy().tobytes()))
    return model

)";
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        const Training& task = tasks[i];
        ASSERT_TRUE(backend().save_script(task.model, task.net, &task.data, file(i, "pt")).has_value());
        std::ofstream(file(i, "samples"), std::ios::binary)
            .write(reinterpret_cast<const char*>(task.data.test.bytes.data()),
                   static_cast<std::streamsize>(task.data.test.bytes.size()));
        script << fmt::format("model = use(\"{}\", [-1, {}])\n", i, fmt::join(task.data.shape, ", "))
               << fmt::format("assert model.labels == [\"{}\"], model.labels\n",
                              fmt::join(task.data.class_names, "\", \""))
               << fmt::format("assert model.classes == {}\n", task.data.classes)
               << "names = [name for name, _ in model.named_parameters()]\n"
               << "assert all(name.startswith(\"layers.\") for name in names), names\n"
               << fmt::format("assert len(names) == {}, names\n", task.net.params->entries().size());
    }
    script.close();
    const std::string command = fmt::format("OPENBLAS_NUM_THREADS=1 {} {} {}/", python,
                                            (folder_ / "use.py").string(), folder_.string());
    ASSERT_EQ(std::system(command.c_str()), 0);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        std::vector<float> logits(static_cast<std::size_t>(tasks[i].data.test.count * tasks[i].net.outputs));
        std::ifstream(file(i, "logits"), std::ios::binary)
            .read(reinterpret_cast<char*>(logits.data()),
                  static_cast<std::streamsize>(logits.size() * sizeof(float)));
        EXPECT_EQ(logits, plain_logits(tasks[i])) << i;
    }
}

}  // namespace
}  // namespace trama::test

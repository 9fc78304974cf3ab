#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
        EXPECT_EQ(script_logits(path, task.data, true), plain_logits(task));
        EXPECT_EQ(script_logits(path, task.data, false), plain_logits(task)) << "rows of features";
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
        EXPECT_TRUE(*loaded == task.model.params);
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

/// What a user does with the file: Python, without anything of ours.
TEST_F(Script, PythonRunsItOnRawPixels) {
    const std::string python = "/usr/bin/python3";  // the one that Debian's python3-torch is for
    if (std::system((python + " -c 'import torch' 2>/dev/null").c_str()) != 0) {
        GTEST_SKIP() << "python3-torch is not installed";
    }
    const Training task = training(small_cnn(), byte_images(60, {1, 12, 12}, 5), sgd(), 0.1);
    const fs::path path = folder_ / "model.pt";
    ASSERT_TRUE(backend().save_script(task.model, task.net, &task.data, path).has_value());
    std::ofstream(folder_ / "pixels", std::ios::binary)
        .write(reinterpret_cast<const char*>(task.data.test.bytes.data()),
               static_cast<std::streamsize>(task.data.test.bytes.size()));
    std::ofstream(folder_ / "use.py") << R"(import sys, torch
torch.set_num_threads(1)
folder = sys.argv[1]
model = torch.jit.load(folder + "/model.pt")
pixels = torch.frombuffer(bytearray(open(folder + "/pixels", "rb").read()), dtype=torch.uint8)
logits = model(pixels.reshape(-1, 1, 12, 12))
open(folder + "/logits", "wb").write(bytes(logits.detach().contiguous().flatten().numpy().tobytes()))
names = [name for name, _ in model.named_parameters()]
assert names == ["layers.0.weight", "layers.0.bias", "layers.3.weight", "layers.3.bias", "layers.7.weight", "layers.7.bias",
                 "layers.10.weight", "layers.10.bias"], names
assert model.labels == ["class 0", "class 1", "class 2", "class 3", "class 4"], model.labels
assert model.classes == 5
)";
    const std::string command =
        "OPENBLAS_NUM_THREADS=1 " + python + " " + (folder_ / "use.py").string() + " " + folder_.string();
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::vector<float> logits(60 * 5);
    std::ifstream(folder_ / "logits", std::ios::binary)
        .read(reinterpret_cast<char*>(logits.data()),
              static_cast<std::streamsize>(logits.size() * sizeof(float)));
    EXPECT_EQ(logits, plain_logits(task));
}

}  // namespace
}  // namespace trama::test

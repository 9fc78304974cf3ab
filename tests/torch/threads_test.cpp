#include <sys/resource.h>
#include <time.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "support.hpp"

namespace trama::test {
namespace {

std::size_t threads_of_process() {
    std::size_t count = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        count += task.is_directory() ? 1 : 0;
    }
    return count;
}

double seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// How much of the process's CPU time while `work` runs is this thread's: all, unless others are set to work.
double own_share(const std::function<void()>& work) {
    const double own = seconds(CLOCK_THREAD_CPUTIME_ID);
    const double all = seconds(CLOCK_PROCESS_CPUTIME_ID);
    work();
    return (seconds(CLOCK_THREAD_CPUTIME_ID) - own) / (seconds(CLOCK_PROCESS_CPUTIME_ID) - all);
}

/// Layers large enough for a BLAS to want several threads.
Training large_training() {
    Training task = training(mlp_net({512, 512, 10}), float_rows(2048, 512, 10), adam(), 0.001);
    task.batch = 512;
    return task;
}

TEST(Threads, TrainingIsDoneByTheCallingThreadAlone) {
    const Training task = large_training();
    EXPECT_TRUE(task.run().has_value());
    EXPECT_GT(own_share([&] { EXPECT_TRUE(task.run().has_value()); }), 0.97);
}

TEST(Threads, ConvolutionsToo) {
    Training task = training(small_cnn(), byte_images(2000, {1, 12, 12}, 5), sgd(), 0.01);
    task.batch = 500;
    EXPECT_TRUE(task.run().has_value());
    EXPECT_GT(own_share([&] { EXPECT_TRUE(task.run().has_value()); }), 0.97);
}

TEST(Threads, ThreadsThatComeLaterToo) {
    const Training task = large_training();
    EXPECT_TRUE(task.run().has_value());
    double share = 0;
    std::thread([&] { share = own_share([&] { EXPECT_TRUE(task.run().has_value()); }); }).join();
    EXPECT_GT(share, 0.97);
}

TEST(Threads, NoneIsStartedByTraining) {
    const Training task = large_training();
    EXPECT_TRUE(task.run().has_value());
    const std::size_t before = threads_of_process();
    EXPECT_TRUE(task.run().has_value());
    EXPECT_EQ(threads_of_process(), before);
}

TEST(Threads, ManyTrainAtOnceWithTheSameBits) {
    std::vector<Training> tasks;
    for (int i = 0; i < 8; ++i) {
        Training task = i % 4 == 3
                            ? training(small_cnn(), byte_images(200, {1, 12, 12}, 5), sgd(0.9), 0.01)
                            : training(mlp_net({64, 32, 10}), byte_images(300, {64}, 10), adam(), 0.005);
        task.part.resize(task.part.size() - static_cast<std::size_t>(5 * i));
        task.epochs = 3;
        tasks.push_back(std::move(task));
    }
    tasks.push_back(training(small_resnet("batch"), byte_images(30, {2, 8, 7}, 5), sgd(0.9), 0.01));
    tasks.push_back(training(small_lstm(), texts(90, 9, 11), adam(), 0.005));
    std::vector<core::ParameterSet> alone(tasks.size()), together(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        alone[i] = tasks[i].run()->params;
    for (int repetition = 0; repetition < 3; ++repetition) {
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            threads.emplace_back([&, i] { together[i] = tasks[i].run()->params; });
        }
        for (std::thread& thread : threads)
            thread.join();
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            EXPECT_TRUE(together[i] == alone[i]) << "client " << i;
        }
    }
}

TEST(Threads, ManyClientsNeedTheMemoryOfOne) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "AddressSanitizer keeps what is freed for a while";
#endif
    Training task = training(mlp_net({784, 256, 10}), byte_images(256, {784}, 10), adam(), 0.001);
    task.batch = 256;
    EXPECT_TRUE(task.run().has_value());
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    for (int client = 0; client < 200; ++client) {
        task.part.assign(1 + static_cast<std::size_t>(client), 7U);  // parts, and so batches, of 200 sizes
        EXPECT_TRUE(task.run().has_value());
    }
    getrusage(RUSAGE_SELF, &after);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 16 * 1024) << "KiB more than for one client";
}

}  // namespace
}  // namespace trama::test

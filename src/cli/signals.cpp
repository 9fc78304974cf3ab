#include "cli/signals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace trama::cli {
namespace {

// A handler can reach nothing but what is global: the pipe that wakes the waiter, and whether it has been
// asked before.
std::array<int, 2> wake{-1, -1};
volatile std::sig_atomic_t asked = 0;

constexpr char by_signal = 's';
constexpr char over = 'o';

void on_signal(int /*number*/) {
    if (asked != 0) _exit(130);
    asked = 1;
    const int before = errno;
    [[maybe_unused]] const auto written = write(wake[1], &by_signal, 1);
    errno = before;
}

void handle(void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

StopOnSignal::StopOnSignal(std::function<void()> told) {
    asked = 0;
    if (pipe2(wake.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    waiter_ = std::thread([this, told = std::move(told)] {
        char reason = over;
        while (read(wake[0], &reason, 1) < 0 && errno == EINTR) {
        }
        if (reason != by_signal) return;
        stop_.request_stop();
        told();
    });
    handle(on_signal);
}

StopOnSignal::~StopOnSignal() {
    handle(SIG_DFL);
    [[maybe_unused]] const auto written = write(wake[1], &over, 1);
    waiter_.join();
    close(wake[0]);
    close(wake[1]);
}

}  // namespace trama::cli

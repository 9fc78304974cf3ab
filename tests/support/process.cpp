#include "support/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace trama::test {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

int file_with(const std::string& text) {
    std::FILE* file = std::tmpfile();
    if (file == nullptr) fail("tmpfile");
    const int descriptor = dup(fileno(file));
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
    lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

/// In the child, between fork and exec: nothing that allocates.
[[noreturn]] void become(const Start& start, char* const* arguments, char* const* environment, int in,
                         int out, int err) {
    setpgid(0, 0);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (!start.folder.empty() && chdir(start.folder.c_str()) != 0) _exit(126);
    if (start.largest_file) {
        const rlimit limit{*start.largest_file, *start.largest_file};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (start.as_nobody && getuid() == 0 &&
        (setgroups(0, nullptr) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        _exit(126);
    execve(arguments[0], arguments, environment);
    _exit(127);
}

/// What starts a program of this build: the emulator, with its options, where it is for another machine.
std::vector<std::string> started(const std::string& program) {
    std::vector<std::string> line;
    std::istringstream emulator(TRAMA_EMULATOR);
    for (std::string word; std::getline(emulator, word, '|');)
        line.push_back(word);
    line.push_back(program);
    return line;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

}  // namespace

Process::Process(const std::string& program, const Start& start) {
    auto line = started(program);
    line.insert(line.end(), start.arguments.begin(), start.arguments.end());
    auto variables = start.environment;
    // The last three make a sanitizer's finding end the program.
    for (const char* name : {"PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
        if (const char* value = std::getenv(name)) variables.emplace(name, value);
    std::vector<std::string> environment;
    for (const auto& [name, value] : variables)
        environment.push_back(name + "=" + value);

    const int in = file_with(start.input);
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (pipe2(out.data(), O_CLOEXEC) != 0) fail("pipe");
    if (!start.output_file.empty()) {
        close(out[1]);
        out[1] = open(start.output_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (out[1] < 0) fail("open");
    }
    if (start.terminal > 0) {
        winsize size{};
        size.ws_col = start.terminal;
        size.ws_row = 24;
        if (openpty(&err[0], &err[1], nullptr, nullptr, &size) != 0) fail("openpty");
        fcntl(err[0], F_SETFD, FD_CLOEXEC);
    } else if (pipe2(err.data(), O_CLOEXEC) != 0) {
        fail("pipe");
    }

    const auto argument_pointers = pointers(line);
    const auto environment_pointers = pointers(environment);
    child_ = fork();
    if (child_ < 0) fail("fork");
    if (child_ == 0) become(start, argument_pointers.data(), environment_pointers.data(), in, out[1], err[1]);
    close(in);
    close(out[1]);
    close(err[1]);
    out_ = out[0];
    err_ = err[0];
}

Process::~Process() {
    if (!reaped_) {
        kill(-child_, SIGKILL);
        waitpid(child_, nullptr, 0);
    }
    if (out_ >= 0) close(out_);
    if (err_ >= 0) close(err_);
}

void Process::read_some(int milliseconds) {
    std::array<pollfd, 2> watched{pollfd{out_, POLLIN, 0},
                                  pollfd{err_, POLLIN, 0}};  // negative ones are passed over
    if (poll(watched.data(), watched.size(), milliseconds) <= 0) return;
    std::array<char, 4096> buffer{};
    const auto take = [&](int& descriptor, short events, std::string& text) {
        if (descriptor < 0 || events == 0) return;
        const ssize_t got = read(descriptor, buffer.data(), buffer.size());
        if (got > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        } else if (got == 0 || errno != EINTR) {  // a terminal whose other side is gone gives EIO
            close(descriptor);
            descriptor = -1;
        }
    };
    take(out_, watched[0].revents, ended_.out);
    take(err_, watched[1].revents, ended_.err);
}

bool Process::over() {
    return out_ < 0 && err_ < 0;
}

bool Process::wait_for_error(const std::string& text) {
    const auto end = Clock::now() + std::chrono::minutes(1);
    while (ended_.err.find(text) == std::string::npos) {
        if (over() || Clock::now() > end) return false;
        read_some(50);
    }
    return true;
}

void Process::send(int signal) {
    kill(child_, signal);
}

Ended Process::wait() {
    const auto end = Clock::now() + std::chrono::minutes(2);
    while (!over()) {
        if (Clock::now() > end) kill(-child_, SIGKILL);
        read_some(100);
    }
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    if (WIFEXITED(status)) ended_.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ended_.signal = WTERMSIG(status);
    return ended_;
}

Ended trama(const Start& start) {
    return Process(TRAMA_BINARY, start).wait();
}

Ended trama(std::vector<std::string> arguments) {
    return trama(Start{.arguments = std::move(arguments)});
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "trama-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) fail("mkdtemp");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace trama::test

#include "cli/graphviz.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>

namespace trama::cli {
namespace {

using core::ErrorKind;

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

std::string read_all(std::FILE* file) {
    std::string text;
    std::array<char, 65536> buffer;
    if (std::fseek(file, 0, SEEK_SET) != 0) return text;
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file))
        text.append(buffer.data(), got);
    return text;
}

}  // namespace

core::Result<std::string> draw_svg(const std::string& dot) {
    // Files without names, not pipes: neither side can block on the other.
    const File in(std::tmpfile());
    const File out(std::tmpfile());
    const File messages(std::tmpfile());
    if (!in || !out || !messages || std::fwrite(dot.data(), 1, dot.size(), in.get()) != dot.size() ||
        std::fseek(in.get(), 0, SEEK_SET) != 0)
        return core::fail(ErrorKind::data,
                          fmt::format("cannot write a temporary file: {}", std::strerror(errno)));

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(in.get()), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(out.get()), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(messages.get()), STDERR_FILENO);
    std::array<char*, 3> line{const_cast<char*>("dot"), const_cast<char*>("-Tsvg"), nullptr};
    pid_t child = 0;
    const int error = posix_spawnp(&child, "dot", &actions, nullptr, line.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT)
        return core::fail(ErrorKind::data,
                          "pictures are drawn by Graphviz, and its program `dot` is not installed", {},
                          "sudo apt install graphviz; or --dot, which needs nothing");
    if (error != 0)
        return core::fail(ErrorKind::data, fmt::format("cannot start `dot`: {}", std::strerror(error)));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return core::fail(ErrorKind::data, fmt::format("`dot` failed: {}", read_all(messages.get())));
    return read_all(out.get());
}

}  // namespace trama::cli

#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace trama::test {

/// How a program is started; the environment is empty but for PATH, HOME and what stands here.
struct Start {
    std::vector<std::string> arguments;
    std::string input = {};  ///< its standard input
    std::map<std::string, std::string> environment = {};
    std::filesystem::path folder = {};             ///< its working directory
    std::optional<std::size_t> largest_file = {};  ///< RLIMIT_FSIZE, bytes
    bool as_nobody = false;                        ///< when this is root
    unsigned short terminal = 0;   ///< columns of a terminal that standard error is; 0: a pipe
    std::string output_file = {};  ///< standard output goes there
};

struct Ended {
    int code = -1;  ///< exit code; -1 when a signal ended it
    int signal = 0;
    std::string out;
    std::string err;
};

/// A program on its way. Killed, with all that it started, when it is forgotten.
class Process {
  public:
    Process(const std::string& program, const Start& start);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// Waits until standard error contains a text; false when it ends before, or after a minute.
    bool wait_for_error(const std::string& text);
    void send(int signal);
    /// Waits for its end; kills it after two minutes (then `signal` is SIGKILL).
    Ended wait();

  private:
    void read_some(int milliseconds);
    bool over();

    pid_t child_ = -1;
    int out_ = -1, err_ = -1;
    Ended ended_;
    bool reaped_ = false;
};

/// The program `trama` of this build.
Ended trama(const Start& start);
Ended trama(std::vector<std::string> arguments);

/// A folder that is removed at the end of the test.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }
    /// Writes a file into it and gives its path.
    std::string write(const std::string& name, const std::string& text) const;

  private:
    std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);

}  // namespace trama::test

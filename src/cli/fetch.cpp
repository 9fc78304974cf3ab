#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>

#include "cli/command.hpp"
#include "cli/scheme.hpp"
#include "cli/signals.hpp"
#include "trama/core/words.hpp"
#include "trama/fetch/fetch.hpp"
#include "trama/report/terminal.hpp"
#include "trama/report/text.hpp"

namespace trama::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// A bar on a terminal; elsewhere a line for each file, and one now and then while a long one is on its way.
class Bar final : public fetch::Listener {
  public:
    Bar(const report::Terminal& terminal, bool quiet) : terminal_(terminal), quiet_(quiet) {}
    ~Bar() override { end(); }

    void note(const std::string& line) override {
        const std::lock_guard lock(mutex_);
        print(line);
    }
    void begins(const fetch::File& file, const std::string& url) override {
        const std::lock_guard lock(mutex_);
        file_ = file;
        last_ = Clock::now();
        print(fmt::format("fetching {} ({})", url, report::bytes(file.bytes)));
    }
    void moved(std::uint64_t done) override {
        const std::lock_guard lock(mutex_);
        if (quiet_) return;
        const auto now = Clock::now();
        const auto pause = terminal_.interactive ? std::chrono::milliseconds(100) : std::chrono::seconds(10);
        if (now - last_ < pause) return;
        last_ = now;
        const double part = static_cast<double>(done) / static_cast<double>(file_.bytes);
        const std::string share = fmt::format("{} of {}", report::share(part), report::bytes(file_.bytes));
        if (!terminal_.interactive) {
            print(fmt::format("{}: {}", file_.name, share));
            return;
        }
        clear();
        if (terminal_.width > 60)
            write(report::Style(terminal_.color).cyan(report::bar(part, 30, terminal_.utf8)) + "  ");
        write(share);
        drawn_ = true;
    }
    /// Takes the bar away.
    void end() {
        const std::lock_guard lock(mutex_);
        clear();
    }

  private:
    void print(const std::string& line) {
        if (quiet_) return;
        clear();
        write((terminal_.utf8 ? line : report::to_ascii(line)) + "\n");
    }
    void clear() {
        if (drawn_) write("\r\x1b[K");
        drawn_ = false;
    }
    static void write(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

    const report::Terminal terminal_;
    const bool quiet_;
    std::mutex mutex_;  // a signal's note comes from a thread of its own
    fetch::File file_;
    Clock::time_point last_;
    bool drawn_ = false;
};

std::string listed() {
    std::vector<std::vector<std::string>> rows;
    for (const auto& set : fetch::catalog()) {
        std::uint64_t bytes = 0;
        for (const auto& file : set.files)
            bytes += file.bytes;
        rows.push_back({set.name, report::bytes(bytes), set.summary});
    }
    return report::table(rows, 1000) +
           "\n`trama fetch --list NAME` says where its files are, and their sums.\n";
}

int run_fetch(const Arguments& arguments) {
    const std::string name = arguments.get("NAME");
    if (name.empty() && arguments.has("--list")) {
        print(for_stdout(listed()));
        return 0;
    }
    if (name.empty()) {
        return print_error(
            {core::ErrorKind::usage, "name a data set", {}, "`trama fetch --list` lists them"});
    }
    const auto& set = *fetch::find(name);
    fetch::Options options;
    options.folder = arguments.has("--dir") ? arguments.get("--dir") : "data/" + name;
    if (arguments.has("--list")) {
        print(for_stdout(set.summary + "\n" + fetch::by_hand(set, options.folder)));
        return 0;
    }
    options.mirrors = arguments.all("--mirror");
    options.patience = std::chrono::seconds(std::min(arguments.count("--timeout").value_or(30), 86400ULL));
    const auto terminal = report::detect_terminal(STDERR_FILENO);
    Bar bar(terminal, arguments.has("--quiet"));
    const StopOnSignal stop([&bar] { bar.note("stopping"); });
    options.stop = stop.token();
    options.listener = &bar;
    const auto done = fetch::fetch(set, options);
    bar.end();
    if (!done) {
        const int code = print_error(done.error());
        if (done.error().kind == core::ErrorKind::data) {
            const std::string text =
                "\n" + fetch::by_hand(set, options.folder) +
                fmt::format("then `trama fetch {}{}` checks {}.\n", name,
                            arguments.has("--dir") ? " --dir " + arguments.get("--dir") : "",
                            set.files.size() == 1 ? "it" : "them");
            std::fputs((terminal.utf8 ? text : report::to_ascii(text)).c_str(), stderr);
        }
        return code;
    }
    print(fmt::format("{} is {}in {}: {}, all with the right sums\n", name, done->was_there ? "already " : "",
                      options.folder.string(),
                      core::counted(static_cast<std::int64_t>(done->files), "file")));
    return 0;
}

std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& set : fetch::catalog())
        names.push_back(set.name);
    return names;
}

}  // namespace

Command fetch_command() {
    return {
        .name = "fetch",
        .summary = "download a public data set, and check that it is the right one",
        .details =
            "Brings MNIST and its like from their public mirrors to data/NAME. Each file has a SHA-256 that "
            "Trama knows: a mirror that is down, or gives something else, is followed by the next; a "
            "download "
            "that was cut off goes on from where it was. What is there already and right stays, so the "
            "command "
            "can be repeated. The variables http_proxy, https_proxy and no_proxy are honoured.\n\n"
            "Without a network: `trama fetch --list NAME` says which files to put where. The command then "
            "checks "
            "them, and unpacks archives.",
        .operands = {{.name = "NAME",
                      .doc = "the data set",
                      .takes = Takes::word,
                      .optional = true,
                      .words = names()}},
        .options = {{.name = "--dir",
                     .value = "FOLDER",
                     .doc = "where to (default: data/NAME)",
                     .takes = Takes::folder},
                    {.name = "--mirror",
                     .value = "URL",
                     .doc = "fetch from here instead: what stands before the names of the files; may be "
                            "repeated, they are tried in turn",
                     .takes = Takes::text,
                     .repeats = true},
                    {.name = "--timeout",
                     .value = "SECONDS",
                     .doc = "give a server up that sends nothing for so long (default: 30)",
                     .takes = Takes::positive},
                    {.name = "--list", .doc = "what there is; with NAME, where its files are and their sums"},
                    {.name = "--quiet", .doc = "no progress"}},
        .examples = {{"what is there?", "trama fetch --list"},
                     {"to data/mnist", "trama fetch mnist"},
                     {"from a mirror of your own",
                      "trama fetch mnist --mirror https://mirror.example/mnist/"}},
        .run = run_fetch,
    };
}

}  // namespace trama::cli

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "../arguments.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

class ControlRoom final : public Function {
  public:
    explicit ControlRoom(std::string log) : log_(std::move(log)) {}

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    const core::Value& input) const override {
        if (input.is_skip()) return input;
        const auto* event = input.event();
        if (event == nullptr)
            throw std::invalid_argument(fmt::format("control_room takes Events, not {}", input.type()));
        context.observer.happened(event->name, event->text, event->where);
        if (log_.empty()) return input;
        if (auto added = add(*event); !added) return tl::unexpected(added.error());
        return input;
    }

  private:
    core::Result<void> add(const core::Event& event) const {
        const std::lock_guard lock(mutex_);
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(log_.c_str(), "ae"),
                                                                   &std::fclose);
        std::string text;
        if (file && std::fseek(file.get(), 0, SEEK_END) == 0 && std::ftell(file.get()) == 0)
            text = "{\"format\": \"trama-events 1\"}\n";
        // Names and texts may come from files: what is no UTF-8 in them must not end the run.
        text += nlohmann::json{{"event", event.name}, {"where", event.where}, {"text", event.text}}.dump(
                    -1, ' ', false, nlohmann::json::error_handler_t::replace) +
                '\n';
        if (file && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() &&
            std::fflush(file.get()) == 0)
            return {};
        return core::fail(core::ErrorKind::data,
                          fmt::format("cannot add an event to the log: {}", std::strerror(errno)), log_,
                          "name another file as `log:`, or none: then events are only shown");
    }

    const std::string log_;
    mutable std::mutex mutex_;  ///< of the file
};

}  // namespace

void add_control_room(Library& library) {
    library.add_function(
        Describe("control_room", "block", "Event -> Event")
            .in("Streams")
            .says("Where events end: shows each of them, and adds it to a log.")
            .like("[| test(data, part: own) >> report |]^4 >> gather(lost: event) >> control_room")
            .takes(Param("log", "string",
                         "File that the events are added to, a line of JSON each; none when left out.")
                       .or_nothing()),
        [](const core::Call& call, Resources& resources) -> core::Result<std::shared_ptr<const Function>> {
            std::string log;
            if (given(call, "log")) log = (resources.folder() / word(call, "log")).string();
            return std::make_shared<const ControlRoom>(std::move(log));
        });
}

}  // namespace trama::learn

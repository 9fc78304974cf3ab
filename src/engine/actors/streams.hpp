#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "engine/actors/process.hpp"

/// The blocks for open streams.
namespace trama::engine::actors {

/// Holds tokens until there is room behind it. When it is full the sender waits, or a token is dropped.
class Queue final : public Process {
  public:
    Queue(const network::Actor& actor, Shared& shared);

  private:
    enum class Drops { none, oldest, newest };
    bool ready() const override;
    void fire() override;
    std::size_t capacity_ = 1;
    Drops drops_ = Drops::none;
    std::deque<Message> held_;
};

/// Passes tokens on, and shows each to those who subscribe, Updates as Models: those channels always have
/// room.
class Publish final : public Process {
  public:
    Publish(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {}

  private:
    void fire() override;
};

/// Gives what has been published, the newest of each publisher, whenever there is something new.
class Subscribe final : public Process {
  public:
    Subscribe(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::any) {}

  private:
    bool ready() const override { return any_filled() && room(0); }
    void fire() override;
};

/// Every so many tokens become one list.
class Window final : public Process {
  public:
    Window(const network::Actor& actor, Shared& shared);

  private:
    void fire() override;
    std::size_t size_ = 1;
    core::Values values_;
};

}  // namespace trama::engine::actors

#pragma once

#include <utility>

#include <unistd.h>

namespace trama::core {

/// An open file of the operating system, closed at the end.
class FileDescriptor {
  public:
    explicit FileDescriptor(int number) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~FileDescriptor() { close(); }

    bool valid() const { return number_ >= 0; }
    int get() const { return number_; }
    /// False when the system reports a late error of writing (errno).
    bool close() {
        const int number = std::exchange(number_, -1);
        return number < 0 || ::close(number) == 0;
    }

  private:
    int number_;
};

}  // namespace trama::core

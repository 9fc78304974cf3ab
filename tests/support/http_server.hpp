#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace trama::test {

/// How the server answers a path.
struct Page {
    std::string body = {};
    int status = 200;
    std::string redirect = {};             ///< to this path
    bool ranges = true;                    ///< false: `Range` is ignored
    std::size_t cut = 0;                   ///< closes the connection behind so many bytes, the first time
    bool silent = false;                   ///< sends the half, then nothing
    std::chrono::milliseconds pause = {};  ///< before each twentieth of the body
};

/// A small HTTP server on the loopback, one thread for each connection.
class HttpServer {
  public:
    HttpServer();
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    void set(const std::string& path, Page page);
    std::string url(const std::string& path = "/") const;
    /// Requests so far: "GET /a", or "GET /a 100-" with a range.
    std::vector<std::string> requests() const;

  private:
    void serve();
    void answer(int connection);

    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> over_ = false;
    mutable std::mutex mutex_;
    std::map<std::string, Page> pages_;
    std::vector<std::string> requests_;
    std::vector<std::thread> answering_;
    std::thread thread_;
};

}  // namespace trama::test

#include "support/http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace trama::test {
namespace {

void send_all(int connection, std::string_view text) {
    while (!text.empty()) {
        const auto sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
}

}  // namespace

HttpServer::HttpServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, plain, &size) != 0) {
        throw std::runtime_error("no server on the loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

HttpServer::~HttpServer() {
    over_ = true;
    thread_.join();
    for (auto& thread : answering_)
        thread.join();
    ::close(listener_);
}

void HttpServer::set(const std::string& path, Page page) {
    const std::lock_guard lock(mutex_);
    pages_[path] = std::move(page);
}

std::string HttpServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<std::string> HttpServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void HttpServer::serve() {
    while (!over_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0) continue;
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) answering_.emplace_back([this, connection] { answer(connection); });
    }
}

void HttpServer::answer(int connection) {
    std::string request;
    char block[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
        const auto got = ::recv(connection, block, sizeof block, 0);
        if (got <= 0) break;
        request.append(block, static_cast<std::size_t>(got));
    }
    const std::size_t path_at = request.find(' ') + 1;
    const std::string path = request.substr(path_at, request.find(' ', path_at) - path_at);
    constexpr std::string_view range = "\r\nRange: bytes=";
    std::size_t from = 0;
    std::string line = "GET " + path;
    if (const auto at = request.find(range); at != std::string::npos) {
        from = std::stoul(request.substr(at + range.size()));
        line += " " + std::to_string(from) + "-";
    }
    Page page{.status = 404};
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(line);
        if (const auto found = pages_.find(path); found != pages_.end()) {
            page = found->second;
            found->second.cut = 0;
        }
    }
    std::string head = "HTTP/1.1 " + std::to_string(page.status) + " -\r\nConnection: close\r\n";
    if (!page.redirect.empty()) {
        head = "HTTP/1.1 302 -\r\nConnection: close\r\nLocation: " + url(page.redirect) + "\r\n";
    } else if (page.status == 200 && page.ranges && from > 0) {
        head = "HTTP/1.1 206 -\r\nConnection: close\r\nContent-Range: bytes " + std::to_string(from) + "-" +
               std::to_string(page.body.size() - 1) + "/" + std::to_string(page.body.size()) + "\r\n";
        page.body.erase(0, from);
    }
    send_all(connection, head + "Content-Length: " + std::to_string(page.body.size()) + "\r\n\r\n");
    std::string_view body = page.body;
    if (page.cut > 0) body = body.substr(0, page.cut);
    if (page.silent) {
        send_all(connection, body.substr(0, body.size() / 2));
        pollfd waiting{connection, POLLIN, 0};
        while (!over_ && ::poll(&waiting, 1, 20) == 0) {
        }  // until the other side gives up
    } else if (page.pause.count() > 0) {
        const std::size_t piece = body.size() / 20 + 1;
        for (std::size_t at = 0; at < body.size() && !over_; at += piece) {
            std::this_thread::sleep_for(page.pause);
            send_all(connection, body.substr(at, piece));
        }
    } else {
        send_all(connection, body);
    }
    ::close(connection);
}

}  // namespace trama::test

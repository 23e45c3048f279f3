// An MQTT broker on a real socket, for one message.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "updraft/link.hpp"

#include "protocols/mqtt/mqtt_packets.hpp"
#include "protocols/mqtt/mqtt_samples.hpp"
#include "tests/esp_idf/sockets.hpp"

namespace updraft::esp_idf {

// Greets, lets subscribe, publishes one retained message, and waits for the end. Each answer comes
// to the next bytes that are heard.
class BrokersEnd final : public link::Link {
 public:
  BrokersEnd(const Image& message, bool leaves_early)
      : message_(message), leaves_early_(leaves_early) {}
  void on_bytes(Bytes, Instant) override {
    using link::samples::operator+;
    if (heard_++ == 0) out_ = link::samples::connack();
    if (heard_ != 2) return;
    out_ = link::samples::suback() + link::samples::publish(message_, {.qos = 1, .retained = true});
    if (leaves_early_) out_.resize(out_.size() / 2);
  }
  void on_lost(Instant) override { over_ = true; }
  void on_deadline(Instant) override {}
  std::size_t write_to(MutableBytes tx) override {
    const Bytes part = at_most(out_, tx.size());
    std::ranges::copy(part, tx.begin());
    const std::size_t size = part.size();
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(size));
    if (leaves_early_ && heard_ > 1 && out_.empty()) over_ = true;
    return size;
  }
  std::optional<Instant> deadline() const override { return std::nullopt; }
  link::Phase phase() const override { return over_ ? link::Phase::closed : link::Phase::open; }
  Result<> outcome() const override { return {}; }

 private:
  const Image& message_;
  bool leaves_early_, over_ = false;
  int heard_ = 0;
  link::samples::Wire out_;
};

class Broker {
 public:
  using Converse = std::function<void(link::Link& link)>;
  // `around`: puts another link around that of a connection, and converses by it: TLS.
  using Around = std::function<void(link::Link& plain, const Converse& converse)>;
  Broker(
      std::uint16_t port, Image message,
      Around around = [](link::Link& plain, const Converse& converse) { converse(plain); })
      : listener_(listen_on(port)), message_(std::move(message)), around_(std::move(around)) {
    thread_ = std::thread([this] { run(); });
  }
  ~Broker() {
    (void)::shutdown(listener_, SHUT_RDWR);
    (void)::shutdown(peer_, SHUT_RDWR);
    (void)::close(listener_);
    thread_.join();
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  std::atomic<int> connections = 0;
  std::atomic<int> leaves_early = 0;  // so many connections are ended within the message

 private:
  void run() {
    while (true) {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      peer_ = peer;
      ++connections;
      serve(peer);
      (void)::close(peer);
    }
  }
  void serve(int peer) {
    const bool early = leaves_early > 0;
    if (early) --leaves_early;
    BrokersEnd plain(message_, early);
    around_(plain, [peer](link::Link& link) { converse(peer, link); });
  }
  static void converse(int peer, link::Link& link) {
    link.on_connected(Instant{});
    std::array<std::byte, 4096> wire;
    ssize_t got = 0;
    while (link.phase() != link::Phase::closed &&
           (got = ::recv(peer, wire.data(), wire.size(), 0)) > 0) {
      link.on_bytes(Bytes(wire).first(static_cast<std::size_t>(got)), Instant{});
      while (const std::size_t size = link.write_to(wire)) {
        send_all(peer, Bytes(wire).first(size));
      }
    }
  }
  int listener_;
  std::atomic<int> peer_ = -1;
  Image message_;
  Around around_;
  std::thread thread_;
};

}  // namespace updraft::esp_idf

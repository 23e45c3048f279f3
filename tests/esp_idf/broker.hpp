// An MQTT broker on a real socket, for one message.
#pragma once
#include <atomic>
#include <thread>

#include "protocols/mqtt/mqtt_packets.hpp"
#include "protocols/mqtt/mqtt_samples.hpp"
#include "tests/esp_idf/sockets.hpp"

namespace updraft::esp_idf {

// Greets, lets subscribe, publishes one retained message, and waits for the end.
class Broker {
 public:
  Broker(std::uint16_t port, Image message)
      : listener_(listen_on(port)), message_(std::move(message)) {
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
    std::byte heard[512];
    if (::recv(peer, heard, sizeof heard, 0) <= 0) return;
    send_all(peer, link::samples::connack());
    if (::recv(peer, heard, sizeof heard, 0) <= 0) return;
    using link::samples::operator+;
    const auto wire =
        link::samples::suback() + link::samples::publish(message_, {.qos = 1, .retained = true});
    if (leaves_early > 0) {
      --leaves_early;
      return send_all(peer, Bytes(wire).first(wire.size() / 2));
    }
    send_all(peer, wire);
    while (::recv(peer, heard, sizeof heard, 0) > 0) {
    }
  }
  int listener_;
  std::atomic<int> peer_ = -1;
  Image message_;
  std::thread thread_;
};

}  // namespace updraft::esp_idf

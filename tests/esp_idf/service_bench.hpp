// A Service on a fake chip, driven by hand, with clients on real sockets in threads of their own.
#pragma once
#include <future>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ports/esp_idf/service.hpp"
#include "tests/esp_idf/fake_chip.hpp"

namespace updraft::esp_idf {

// A port that is free: bound once and let go.
inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  (void)::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  (void)::close(socket);
  return ntohs(address.sin_port);
}

inline int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0) return -1;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  return socket;
}

inline void send_all(int socket, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t gone = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (gone <= 0) return;
    bytes = bytes.subspan(static_cast<std::size_t>(gone));
  }
}

// What netcat -N does: sends, closes its side, waits for the other's end.
inline void push(std::uint16_t port, const Image& image) {
  const int socket = connect_to(port);
  if (socket < 0) return;
  send_all(socket, image);
  (void)::shutdown(socket, SHUT_WR);
  std::byte rest[64];
  while (::recv(socket, rest, sizeof rest, 0) > 0) {
  }
  (void)::close(socket);
}

class ServiceBench {
 public:
  explicit ServiceBench(const char* table = kTwoSlots) : chip(table, make_image("1.0.0")) {
    chip.real_time = true;
    config = updraft_config_default();
    config.raw_port = 0;
    config.take_delta = false;
    config.allow_unsigned_raw = config.allow_unsigned_req = true;
    config.context = this;
    config.on_event = [](const updraft_event_t* event, void* context) {
      static_cast<ServiceBench*>(context)->on_event(*event);
    };
  }

  // A new app: the one that boots.
  esp_err_t start() {
    service.emplace(config);
    const esp_err_t err = service->open();
    if (err == ESP_OK) service->start();
    return err;
  }
  // Turns until `done`; false: the chip restarted before.
  template <class Condition>
  bool turn_until(Condition done) {
    while (!done()) {
      if (!service->turn(Millis{20})) return false;
    }
    return true;
  }
  bool ends_with(const std::string& word) {
    return turn_until([&] { return !ends.empty(); }) && ends.back() == word;
  }
  bool power_on() {
    service.reset();
    return chip.power_on();
  }

  FakeChip chip;
  updraft_config_t config{};
  std::optional<Service> service;
  std::vector<updraft_event_id_t> events;
  std::vector<std::string> ends;  // how updates ended: "ok", or the code

 private:
  void on_event(const updraft_event_t& event) {
    if (event.id != UPDRAFT_EVENT_PROGRESS) events.push_back(event.id);
    if (event.id == UPDRAFT_EVENT_INSTALLED) ends.emplace_back("ok");
    if (event.id == UPDRAFT_EVENT_ENDED) ends.emplace_back(event.code);
  }
};

}  // namespace updraft::esp_idf

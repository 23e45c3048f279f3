// Who updates a chip by ArduinoOTA, on real sockets.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "engine/core/test_word.hpp"
#include "engine/crypto/md5.hpp"
#include "protocols/arduino/arduino_inviter.hpp"
#include "protocols/arduino/arduino_upload.hpp"
#include "tests/esp_idf/sockets.hpp"

namespace updraft::esp_idf {

// 127.0.0.1
inline link::PeerAddress ipv4_loopback(std::uint16_t port) {
  link::PeerAddress peer{.port = port};
  store_be(MutableBytes(peer.ip).subspan(10, 2), 0xFFFF);
  store_be(MutableBytes(peer.ip).last(4), INADDR_LOOPBACK);
  return peer;
}

// What `updraft push FILE arduino://` does: "ok", or the code of what went wrong.
class ArduinoSender {
 public:
  ArduinoSender(std::uint16_t port, const Image& image, std::string password)
      : password_(std::move(password)),
        source_(image),
        upload_(source_),
        device_(ipv4_loopback(port)) {
    crypto::Md5 hash;
    hash.update(image);
    listener_ = listen_on(own_ = free_port());
    inviter_.emplace(link::ArduinoInviter::Config{
        .device = device_,
        .invitation = {.port = own_, .size = image.size(), .md5 = hash.finish()},
        .password = password_,
        .tries = 3});
    udp_ = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)::connect(udp_, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  ~ArduinoSender() {
    for (const int socket : {listener_, udp_}) (void)::close(socket);
  }
  ArduinoSender(const ArduinoSender&) = delete;
  ArduinoSender& operator=(const ArduinoSender&) = delete;

  std::string run() {
    std::array<std::byte, link::kDatagramBytes> room;
    while (!inviter_->over() && !inviter_->accepted()) {
      inviter_->on_deadline(now());
      while (const auto datagram = inviter_->write_to(room)) {
        (void)::send(udp_, room.data(), datagram->size, 0);
      }
      timeval patience{.tv_sec = 0, .tv_usec = 20'000};
      (void)setsockopt(udp_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      const ssize_t got = ::recv(udp_, room.data(), room.size(), 0);
      if (got > 0) {
        inviter_->on_datagram(device_, Bytes(room).first(static_cast<std::size_t>(got)), now());
      }
    }
    if (!inviter_->accepted()) return std::string(name(inviter_->outcome().error().code));
    return talk(::accept(listener_, nullptr, nullptr));
  }

 private:
  static Instant now() {
    return Instant{
        std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch())};
  }
  std::string talk(int socket) {
    std::array<std::byte, 1460> room;
    upload_.on_connected(now());
    while (upload_.phase() != link::Phase::closed) {
      if (const std::size_t size = upload_.write_to(room); size > 0) {
        send_all(socket, Bytes(room).first(size));
        continue;
      }
      const ssize_t got = ::recv(socket, room.data(), room.size(), 0);
      if (got <= 0) {
        upload_.on_peer_done(now());
      } else {
        upload_.on_bytes(Bytes(room).first(static_cast<std::size_t>(got)), now());
      }
    }
    (void)::close(socket);
    return word(upload_.outcome());
  }

  std::string password_;
  link::MemorySource source_;
  link::ArduinoUpload upload_;
  link::PeerAddress device_;
  std::optional<link::ArduinoInviter> inviter_;
  std::uint16_t own_ = 0;
  int listener_ = -1, udp_ = -1;
};

}  // namespace updraft::esp_idf

// Both ends of the native push's connections in memory, without TLS, for tests.
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "host/signing/package_parts.hpp"
#include "protocols/native/native_device.hpp"
#include "protocols/native/native_host.hpp"

namespace updraft::link {

// All that an end has to say now.
inline std::string said_by(Link& end) {
  std::string said;
  std::array<std::byte, kLeastRoom> room;
  while (const std::size_t size = end.write_to(room)) said += as_text(Bytes(room).first(size));
  return said;
}

inline std::string request(const std::string& line, Bytes body = {}, bool has_body = false) {
  std::string text = line + " HTTP/1.1\r\n";
  if (has_body) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + std::string(as_text(body));
}

// Of parts that stay where they are.
inline NativePackage package_of(const host::PackageParts& parts) {
  NativePackage package{parts.head, parts.index, parts.transfer};
  for (std::size_t i = 0; i < parts.more.size(); ++i) {
    package.more[i] = {parts.more[i].index, parts.more[i].transfer};
  }
  return package;
}
NativePackage package_of(host::PackageParts&&) = delete;

// One connection between a task and a device.
struct NativeTalk {
  static constexpr std::size_t kSegment = 1460;
  static constexpr std::uint64_t kNoCut = std::numeric_limits<std::uint64_t>::max();

  NativeShared& shared;
  Instant now{};
  std::uint64_t cut_after = kNoCut;  // bytes to the device; then it is lost
  std::uint64_t to_device = 0;
  NativeWish wish = NativeWish::none;

  // The task's outcome.
  Result<> run(NativeTask& task) {
    NativeHost host(task);
    NativeDevice device(shared);
    host.on_connected(now);
    device.on_connected(now);
    std::array<std::byte, kSegment> segment;
    while (host.phase() == Phase::open) {
      const Bytes sent = at_most(Bytes(segment).first(host.write_to(segment)), cut_after);
      cut_after -= sent.size();
      to_device += sent.size();
      if (!sent.empty()) device.on_bytes(sent, now);
      const std::string answer = said_by(device);
      if (cut_after == 0 || (sent.empty() && answer.empty())) {
        device.on_lost(now);
        host.on_lost(now);
        return host.outcome();
      }
      host.on_bytes(as_bytes(answer), now);
    }
    device.on_peer_done(now);
    wish = device.wish();
    return host.outcome();
  }
};

}  // namespace updraft::link

// What the MQTT tests send as a broker, made by hand.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::link::samples {

using Wire = std::vector<std::byte>;

inline Wire operator+(Wire left, const Wire& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}
inline Wire wire(std::initializer_list<int> bytes) {
  Wire out;
  for (const int byte : bytes) out.push_back(static_cast<std::byte>(byte));
  return out;
}
inline Wire wire(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}
inline Wire remaining(std::size_t size) {
  Wire out;
  do {
    out.push_back(static_cast<std::byte>(size % 128 | (size >= 128 ? 128 : 0)));
    size /= 128;
  } while (size > 0);
  return out;
}
inline Wire text(std::string_view text) {
  return wire({static_cast<int>(text.size() >> 8), static_cast<int>(text.size() & 0xff)}) +
         wire(text);
}
inline Wire packet(int first, const Wire& body) {
  return wire({first}) + remaining(body.size()) + body;
}

inline Wire connack(int code = 0) { return wire({0x20, 2, 0, code}); }
inline Wire suback(int code = 2) { return wire({0x90, 3, 0, 1, code}); }
inline Wire pingresp() { return wire({0xd0, 0}); }
inline Wire ack(int first, int id) { return wire({first, 2, id >> 8, id & 0xff}); }

struct Published {
  std::string_view topic = "ota";
  int qos = 0;
  bool retained = false;
  bool again = false;
  int id = 7;
};
inline Wire publish(Bytes payload, const Published& how = {}) {
  Wire body = text(how.topic);
  if (how.qos > 0) body = body + wire({how.id >> 8, how.id & 0xff});
  body.insert(body.end(), payload.begin(), payload.end());
  return packet(0x30 | how.qos << 1 | (how.retained ? 1 : 0) | (how.again ? 8 : 0), body);
}

}  // namespace updraft::link::samples

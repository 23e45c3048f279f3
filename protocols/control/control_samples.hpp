// The control path's messages as the spec writes them (protocols/control/SPEC.md sections 4 and 9),
// and an original host's way to send an image.
#pragma once
#include <string>
#include <vector>

#include "protocols/control/control_message.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::link::samples {

using Octets = std::vector<std::byte>;

inline Octets control_frame(Bytes data, ControlEndpoint to = ControlEndpoint::response) {
  Octets frame(kControlHeadBytes);
  frame.resize(write_control_head(to, data.size(), frame));
  frame.insert(frame.end(), data.begin(), data.end());
  return frame;
}
inline Octets control_frame(const std::string& hex,
                            ControlEndpoint to = ControlEndpoint::response) {
  return control_frame(golden::from_hex(hex), to);
}

// A request as our host writes it, which is the original's way.
inline Octets control_request(std::uint32_t id, std::int32_t uid, Bytes data = {},
                              ControlForm form = ControlForm::current) {
  Octets frame(kControlFrameBytes);
  const ControlMessage message{.id = id, .uid = uid, .ota_data = data};
  frame.resize(encode_control_frame(form, message, frame));
  return frame;
}

inline Octets control_bytes(std::size_t size, unsigned seed = 1) {
  Octets bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    seed = seed * 1664525u + 1013904223u;
    bytes[i] = static_cast<std::byte>(seed >> 24);
  }
  return bytes;
}

// "begin:0 write:-1 init": what a device said, in order; anything else as hex.
inline std::string control_words(Bytes said, ControlForm form = ControlForm::current) {
  using namespace control_id;
  Octets memory(kControlFrameBytes);
  ControlFramer framer(memory);
  std::string words;
  while (const auto frame = framer.next(said)) {
    const auto message = decode_control(form, frame->data);
    std::string word = "? " + golden::to_hex(frame->data);
    if (message && message->type == ControlType::response) {
      const std::uint32_t id = message->id - kToResponse;
      const bool refused = golden::to_hex(frame->data).ends_with("0b08ffffffffffffffffff01");
      word = id == kBegin        ? "begin"
             : id == kWrite      ? "write"
             : id == kEnd        ? "end"
             : id == kGetVersion ? "version"
                                 : std::to_string(id);
      const bool rescued = golden::to_hex(frame->data).ends_with("0b08feffffffffffffffff01");
      word += refused ? ":-1" : rescued ? ":-2" : ":0";
    }
    if (message && message->type == ControlType::event) {
      word = message->id == kInit ? "init" : "beat:" + std::to_string(message->number);
    }
    words += (words.empty() ? "" : " ") + word;
  }
  return framer.partial() ? words + " cut" : words;
}

}  // namespace updraft::link::samples

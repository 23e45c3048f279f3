// The text messages of ota_ws_update, byte for byte: the twin of protocols/ws/SPEC.md section 2.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace updraft::link {

enum class WsWord : std::uint8_t {
  // device to client
  check_rollback,  // the running image is on trial
  set_chunk_size,  // number: bytes of a binary message
  first_chunk,     // number: offset, 0
  next_chunk,      // number: offset
  end,             // verified and selected
  cancelled,
  error_json,  // the TEXT values of otaError
  error_size,
  error_start,
  error_write,
  error_end,
  error_command,
  // client to device
  size,  // number: bytes of the image
  restart,
  cancel,
  keep,     // confirm the image on trial
  go_back,  // roll it back
};

inline constexpr std::size_t kWsWordBytes = 64;  // room for any of them

// Writes the message and returns it. `number` only if the word has one; below 2^53.
std::string_view ws_message(WsWord word, std::uint64_t number, std::span<char, kWsWordBytes> room);

}  // namespace updraft::link

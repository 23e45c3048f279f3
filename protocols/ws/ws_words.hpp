// The text messages of ota_ws_update, byte for byte: the twin of protocols/ws/SPEC.md section 2.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "protocols/link/login.hpp"

namespace updraft::link {

enum class WsWord : std::uint8_t {
  // device to client
  check_rollback,  // the running image is on trial
  set_chunk_size,  // number: bytes of a binary message
  first_chunk,     // number: offset, 0
  next_chunk,      // number: offset
  end,             // verified and selected
  end_current,     // the same to an original page: it is what runs already
  cancelled,
  error_json,  // the TEXT values of otaError
  error_size,
  error_start,
  error_write,
  error_end,
  error_command,
  login_challenge,  // ours, where the product sets a password: number: its 32 bits
  login_wait,       // a challenge comes later
  login_ok,
  login_wrong,
  login_locked,
  target_named,  // ours: text: the target that the update is for, as the client has named it
  // client to device
  size,  // number: bytes of the image
  restart,
  cancel,
  keep,     // confirm the image on trial
  go_back,  // roll it back
  // the same, to ours only: the original ignores them
  force,         // install also what runs already
  let_in,        // number: an image that was rolled back (ImageName, its first byte the lowest)
  restart_into,  // text: the name of the factory app
  target,        // text: what the update is for, where it is not the app
  one_way,       // of data: there need be no way back
};

inline constexpr std::size_t kWsWordBytes = 64;  // room for any of them

// Writes the message and returns it. `number` only where the word has one; below 2^53, but for
// let_in.
std::string_view ws_message(WsWord word, std::uint64_t number, std::span<char, kWsWordBytes> room);

inline constexpr std::size_t kWsAnswerBytes = 128;  // room for the answer to a challenge

// The answer to login_challenge.
std::string_view ws_answer(const Answer& answer, std::span<char, kWsAnswerBytes> room);

inline constexpr std::size_t kWsTextChars = 20;  // more than any label or target has

// The same with a text of at most kWsTextChars, which stand in JSON as they are.
std::string_view ws_message(WsWord word, std::string_view text, std::span<char, kWsWordBytes> room);

}  // namespace updraft::link

// The control path's messages (protocols/control/SPEC.md sections 3 and 9): protobuf in a frame.
//
// Both forms come as one: ids, types and results are those of the current form, whatever was on the
// wire. UPDRAFT_PROTOBUF chooses the codec: protocols/control/nanopb or protocols/control/wire.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/bytes.hpp"

#include "protocols/control/control_frame.hpp"

namespace updraft::link {

enum class ControlForm : std::uint8_t {
  current,  // CtrlMsg, endpoints ctrlResp and ctrlEvnt
  older,    // EspHostedConfigPayload, endpoint control; release v0.4 and before
};

enum class ControlType : std::uint8_t {
  unsaid,  // the original host leaves it out of its requests
  request,
  response,
  event,
};

// msg_id, and at the same time the field number of the sub-message.
namespace control_id {
inline constexpr std::uint32_t kFirstRequest = 101, kLastRequest = 199;
inline constexpr std::uint32_t kBegin = 116, kWrite = 117, kEnd = 118;
inline constexpr std::uint32_t kConfigHeartbeat = 121, kGetVersion = 123;
inline constexpr std::uint32_t kToResponse = 100;  // from a request's to its response's
inline constexpr std::uint32_t kInit = 301, kHeartbeat = 302;
}  // namespace control_id

// In place of -1: the device restarts into its rescue app, which takes the same image.
inline constexpr std::int32_t kControlIntoRescue = -2;

// Firmware name and version, as message 223 tells them: "FG-1.0.0.0.0".
struct ControlVersion {
  static constexpr std::size_t kNameBytes = 31;
  Text<kNameBytes> name;
  std::array<std::uint32_t, 5> numbers{};  // major1, major2, minor, rev_patch1, rev_patch2
  friend bool operator==(const ControlVersion&, const ControlVersion&) = default;
};

// The numbers of a version text: "v1.2.3-rc4" has 1, 2, 3, 0, 0.
std::array<std::uint32_t, 5> version_numbers(std::string_view text);

struct ControlMessage {
  ControlType type = ControlType::unsaid;
  std::uint32_t id = 0;
  std::int32_t uid = 0;       // the older form has none
  bool has_payload = false;   // the sub-message was there, or shall be, though it may be empty
  Bytes ota_data;             // of a write; after decoding a view into the frame
  std::int32_t resp = 0;      // of a response: 0 success, -1 failure, or kControlIntoRescue
  bool current = false;       // of a response to end: nothing was installed, it runs already
  ControlVersion version;     // of a response to a version request
  std::int32_t number = 0;    // of a heartbeat
  std::uint32_t seconds = 0;  // of a request for heartbeats; 0: none
};

// nullopt: that is no message of that form.
std::optional<ControlMessage> decode_control(ControlForm form, Bytes data);

// Writes a message as the original writes it: requests without a type, responses and events with
// their sub-message even if it is empty. Returns its length; 0: `out` is too small, or that form
// has no such message.
std::size_t encode_control(ControlForm form, const ControlMessage& message, MutableBytes out);

// The same with the frame's head in front.
std::size_t encode_control_frame(ControlForm form, const ControlMessage& message, MutableBytes out);

}  // namespace updraft::link

// The chip's codec of the control path's messages against nanopb's: if both accept a message, they
// decode the same, encode the same bytes, and accept those. (nanopb accepts numbers of any length
// in fields that it skips.)
//
// Input: byte 0, bit 0: the older form. Then a message.
#include <algorithm>

#include "protocols/control/control_message.hpp"
#include "tests/fuzz/check.hpp"

// A program has one codec: this one gets other names.
#define decode_control decode_control_wire
#define encode_control encode_control_wire
#include "protocols/control/wire/control_message.cpp"
#undef decode_control
#undef encode_control

namespace {

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

// nanopb shows ota_data of messages, too, that are no write.
bool same(const ControlMessage& a, const ControlMessage& b) {
  const bool write = a.id == control_id::kWrite;
  return a.type == b.type && a.id == b.id && a.uid == b.uid && a.has_payload == b.has_payload &&
         (!write || std::ranges::equal(a.ota_data, b.ota_data)) && a.resp == b.resp &&
         a.version == b.version && a.number == b.number && a.seconds == b.seconds;
}

void check_written(ControlForm form, const ControlMessage& message, std::size_t room) {
  static std::array<std::byte, kTlvData> nanopb, wire;
  const std::size_t size = encode_control(form, message, MutableBytes(nanopb).first(room));
  check(size == encode_control_wire(form, message, MutableBytes(wire).first(room)),
        "both write as much");
  check(
      std::equal(nanopb.begin(), nanopb.begin() + static_cast<std::ptrdiff_t>(size), wire.begin()),
      "both write the same");
  if (size == 0) return;
  const auto theirs = decode_control(form, Bytes(nanopb).first(size));
  const auto ours = decode_control_wire(form, Bytes(nanopb).first(size));
  check(theirs.has_value() && ours.has_value() && same(*theirs, *ours), "both read it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto form = (data[0] & 1) != 0 ? ControlForm::older : ControlForm::current;
  const Bytes message = fuzz::input(data + 1, size - 1);
  const auto theirs = decode_control(form, message);
  const auto ours = decode_control_wire(form, message);
  if (!theirs || !ours) return 0;
  check(same(*theirs, *ours), "both read the same");
  if (ours->id < control_id::kFirstRequest || ours->id > control_id::kHeartbeat) return 0;
  for (const std::size_t room : {kTlvData, std::size_t{20}}) check_written(form, *ours, room);
  return 0;
}

#include "protocols/ws/ws_frame.hpp"

#include <algorithm>

namespace updraft::link {
namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

bool is_known(unsigned opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

std::size_t length_width(std::uint8_t short_length) {
  if (short_length == kLength64) return 8;
  return short_length == kLength16 ? 2 : 0;
}

}  // namespace

std::size_t write_ws_head(const WsFrameHead& head, const WsMask* mask, MutableBytes out) {
  const std::uint8_t masked = mask != nullptr ? kMasked : 0;
  std::uint8_t short_length = kLength64;
  if (head.length <= 0xffff) short_length = kLength16;
  if (head.length < kLength16) short_length = static_cast<std::uint8_t>(head.length);
  out[0] = static_cast<std::byte>((head.final ? kFinal : 0) | static_cast<unsigned>(head.opcode));
  out[1] = static_cast<std::byte>(masked | short_length);
  const std::size_t width = length_width(short_length);
  store_be(out.subspan(2, width), head.length);
  const std::size_t size = 2 + width;
  if (mask == nullptr) return size;
  std::ranges::copy(*mask, out.begin() + static_cast<std::ptrdiff_t>(size));
  return size + mask->size();
}

void apply_ws_mask(const WsMask& mask, std::uint64_t phase, Bytes in, MutableBytes out) {
  WsMask turned;
  const auto turn = static_cast<std::size_t>(phase % mask.size());
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(turn + i) % mask.size()];
  for (std::size_t i = 0; i < in.size(); ++i) out[i] = in[i] ^ turned[i % turned.size()];
}

std::size_t WsFrameReader::head_bytes() const {
  if (raw_size_ < 2) return 2;
  const std::uint8_t second = load_u8(raw_, 1);
  const std::size_t mask = (second & kMasked) != 0 ? mask_.size() : 0;
  return 2 + length_width(second & 0x7f) + mask;
}

Result<bool> WsFrameReader::take_head(Bytes& rx) {
  if (broken_) return fail(Code::protocol, Where::link);
  while (raw_size_ < head_bytes()) {
    if (rx.empty()) return false;
    raw_[raw_size_++] = rx.front();
    rx = rx.subspan(1);
    if (raw_size_ != 2) continue;
    const Result<> parsed = parse();
    broken_ = !parsed;
    UPDRAFT_TRY(parsed);
  }
  const std::size_t width = length_width(load_u8(raw_, 1) & 0x7f);
  if (width > 0) head_.length = load_be(Bytes(raw_).subspan(2, width));
  if (masked_) std::ranges::copy(Bytes(raw_).subspan(2 + width, mask_.size()), mask_.begin());
  raw_size_ = 0;
  taken_ = 0;
  in_frame_ = true;
  return true;
}

// The first two bytes have everything but the length.
Result<> WsFrameReader::parse() {
  const std::uint8_t first = load_u8(raw_, 0);
  const std::uint8_t second = load_u8(raw_, 1);
  const unsigned opcode = first & 0x0f;
  const std::uint8_t length = second & 0x7f;
  const bool masked = (second & kMasked) != 0;
  if ((first & kReserved) != 0 || !is_known(opcode) || masked != masked_) {
    return fail(Code::protocol, Where::link, first, second);
  }
  head_ = {static_cast<WsOpcode>(opcode), (first & kFinal) != 0, length};
  if (is_control(head_.opcode) && (!head_.final || length > kWsControl)) {
    return fail(Code::protocol, Where::link, length, kWsControl);
  }
  return {};
}

Bytes WsFrameReader::take_payload(Bytes& rx, MutableBytes room) {
  const std::uint64_t left = head_.length - taken_;
  const std::size_t most = std::min(rx.size(), room.size());
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, left));
  const Bytes taken = rx.first(size);
  rx = rx.subspan(size);
  const std::uint64_t phase = taken_;
  taken_ += size;
  if (!masked_) return taken;
  apply_ws_mask(mask_, phase, taken, room);
  return room.first(size);
}

bool WsFrameReader::frame_ended() {
  if (!in_frame_ || taken_ < head_.length) return false;
  in_frame_ = false;
  return true;
}

}  // namespace updraft::link

// The codec of control_message.hpp without a library: what a chip builds.
//
// It reads protobuf's wire format as far as these few messages need it: known fields by number,
// all others skipped, the last one counts if a field comes twice.
#include "protocols/control/control_message.hpp"

#include <algorithm>
#include <span>

namespace updraft::link {
namespace {

using namespace control_id;

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct Field {
  std::uint64_t number = 0;
  Wire wire = Wire::varint;
  std::uint64_t value = 0;  // of a varint
  Bytes bytes;              // of bytes
};

class Reader {
 public:
  explicit Reader(Bytes rest) : rest_(rest) {}
  // False: that was all, or it is not sound().
  bool next(Field& field) {
    std::uint64_t key = 0;
    if (rest_.empty() || !varint(key)) return false;
    field.number = key >> 3;
    field.wire = static_cast<Wire>(key & 7);
    sound_ = field.number != 0 && key <= UINT32_MAX && content(field);
    return sound_;
  }
  bool sound() const { return sound_; }

 private:
  bool content(Field& field) {
    std::uint64_t length = 0;
    switch (field.wire) {
      case Wire::varint:
        return varint(field.value);
      case Wire::fixed64:
        return take(8, field.bytes);
      case Wire::fixed32:
        return take(4, field.bytes);
      case Wire::bytes:
        return varint(length) && take(length, field.bytes);
    }
    return false;
  }
  bool take(std::uint64_t length, Bytes& part) {
    if (length > rest_.size()) return false;
    part = rest_.first(static_cast<std::size_t>(length));
    rest_ = rest_.subspan(part.size());
    return true;
  }
  bool varint(std::uint64_t& value) {
    value = 0;
    sound_ = false;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const std::uint64_t byte = load_u8(rest_, 0);
      rest_ = rest_.subspan(1);
      if (shift == 63 && byte > 1) return false;
      value |= (byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return sound_ = true;
    }
    return false;
  }

  Bytes rest_;
  bool sound_ = true;
};

// Counts on past the end of its room, so that sizes can be computed beforehand.
class Writer {
 public:
  explicit Writer(MutableBytes room) : room_(room) {}
  void varint(std::uint64_t value) {
    for (; value > 0x7F; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void number(std::uint32_t field, std::int64_t value) {  // a negative one takes 10 bytes
    varint(std::uint64_t{field} << 3);
    varint(static_cast<std::uint64_t>(value));
  }
  void number_unless_zero(std::uint32_t field, std::int64_t value) {
    if (value != 0) number(field, value);
  }
  void head(std::uint32_t field, std::size_t length) {
    varint(std::uint64_t{field} << 3 | static_cast<std::uint64_t>(Wire::bytes));
    varint(length);
  }
  void bytes(std::uint32_t field, Bytes content) {
    head(field, content.size());
    raw(content);
  }
  void raw(Bytes content) {
    if (fits(content.size())) std::ranges::copy(content, room_.subspan(size_).begin());
    size_ += content.size();
  }
  std::size_t size() const { return size_; }
  bool overflowed() const { return size_ > room_.size(); }

 private:
  bool fits(std::size_t more) const {
    return size_ <= room_.size() && more <= room_.size() - size_;
  }
  void byte(std::uint8_t value) {
    if (fits(1)) room_[size_] = static_cast<std::byte>(value);
    ++size_;
  }
  MutableBytes room_;
  std::size_t size_ = 0;
};

// The older form numbers the same messages differently, and their sub-messages msg + 10.
struct OlderId {
  std::uint32_t current, older;
};
constexpr OlderId kOlderIds[] = {{116, 28}, {216, 29}, {117, 30}, {217, 31}, {118, 32}, {218, 33}};
constexpr std::uint32_t kOlderField = 10;
constexpr std::size_t kNameLimit = 63;  // of what is received

bool is_number(const Field& field, std::uint64_t limit) {
  return field.wire == Wire::varint && field.value <= limit;
}

// int32 as encoders of all kinds write it: of 32 bits or sign-extended to 64.
std::int32_t signed_of(const Field& field) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(field.value & UINT32_MAX));
}

// A wish for heartbeats has two parts, which may come apart.
struct Parsed : ControlMessage {
  bool enable = false;
  std::int32_t wish = 0;  // seconds
};

// Each takes one field of its sub-message; false: not sound.
bool take_write(const Field& field, Parsed& message) {
  if (field.number == 1) message.ota_data = field.bytes;
  return field.number != 1 || field.wire == Wire::bytes;
}

bool take_resp(const Field& field, Parsed& message) {
  if (field.number == 1) message.resp = signed_of(field);
  return field.number != 1 || field.wire == Wire::varint;
}

bool take_end(const Field& field, Parsed& message) {
  if (field.number != 2) return take_resp(field, message);
  message.current = field.value != 0;
  return field.wire == Wire::varint;
}

bool take_heartbeat(const Field& field, Parsed& message) {
  if (field.number == 1) message.number = signed_of(field);
  return field.number != 1 || field.wire == Wire::varint;
}

bool take_version(const Field& field, Parsed& message) {
  if (field.number == 2) {
    if (field.wire != Wire::bytes || field.bytes.size() > kNameLimit) return false;
    message.version.name = Text<ControlVersion::kNameBytes>(field.bytes);
    return true;
  }
  if (field.number < 3 || field.number > 7) return take_resp(field, message);
  if (!is_number(field, UINT32_MAX)) return false;
  message.version.numbers[field.number - 3] = static_cast<std::uint32_t>(field.value);
  return true;
}

bool take_wish(const Field& field, Parsed& message) {
  if (field.number == 1) message.enable = field.value != 0;
  if (field.number == 2) message.wish = signed_of(field);
  return field.number > 2 || field.wire == Wire::varint;
}

bool take_payload(Bytes bytes, Parsed& message) {
  message.has_payload = true;
  bool (*take)(const Field&, Parsed&) = nullptr;
  if (message.id == kWrite) take = take_write;
  if (message.id == kConfigHeartbeat) take = take_wish;
  if (message.id == kHeartbeat) take = take_heartbeat;
  for (const std::uint32_t id : {kBegin, kWrite}) {
    if (message.id == id + kToResponse) take = take_resp;
  }
  if (message.id == kEnd + kToResponse) take = take_end;
  if (message.id == kGetVersion + kToResponse) take = take_version;
  Reader reader(bytes);
  for (Field field; reader.next(field);) {
    if (take != nullptr && !take(field, message)) return false;
  }
  return reader.sound();
}

// Whether a sub-message under this id is read here; all others are ignored.
bool is_known(std::uint32_t id) {
  constexpr std::uint32_t kKnown[] = {kWrite,
                                      kConfigHeartbeat,
                                      kBegin + kToResponse,
                                      kWrite + kToResponse,
                                      kEnd + kToResponse,
                                      kGetVersion + kToResponse,
                                      kInit,
                                      kHeartbeat};
  return std::ranges::find(kKnown, id) != std::end(kKnown);
}

// The payload may stand in front of the id that says what it is.
bool find_payload(Bytes data, std::uint32_t number, Parsed& message) {
  Reader reader(data);
  for (Field field; reader.next(field);) {
    if (field.number != number) continue;
    if (field.wire != Wire::bytes || !take_payload(field.bytes, message)) return false;
  }
  return reader.sound();
}

std::optional<ControlMessage> decode_current(Bytes data) {
  Parsed message;
  std::uint64_t type = 0;
  Reader reader(data);
  for (Field field; reader.next(field);) {
    if (field.number > 3) continue;
    const bool is_uid = field.number == 3;
    if (!is_number(field, is_uid ? UINT64_MAX : UINT32_MAX)) return std::nullopt;
    if (field.number == 1) type = field.value;
    if (field.number == 2) message.id = static_cast<std::uint32_t>(field.value);
    if (is_uid) message.uid = signed_of(field);
  }
  const bool known_type = type <= static_cast<std::uint64_t>(ControlType::event);
  if (!reader.sound() || !known_type) return std::nullopt;
  message.type = static_cast<ControlType>(type);
  if (is_known(message.id) && !find_payload(data, message.id, message)) return std::nullopt;
  if (message.enable && message.wish > 0)
    message.seconds = static_cast<std::uint32_t>(message.wish);
  return message;
}

std::optional<ControlMessage> decode_older(Bytes data) {
  Parsed message;
  std::uint32_t older = 0;
  Reader reader(data);
  for (Field field; reader.next(field);) {
    if (field.number != 1) continue;
    if (!is_number(field, UINT32_MAX)) return std::nullopt;
    older = static_cast<std::uint32_t>(field.value);
  }
  for (const OlderId& row : kOlderIds) {
    if (row.older == older) message.id = row.current;
  }
  if (!reader.sound() || message.id == 0) return std::nullopt;
  message.type = message.id > kLastRequest ? ControlType::response : ControlType::request;
  if (is_known(message.id) && !find_payload(data, older + kOlderField, message)) {
    return std::nullopt;
  }
  return message;
}

// Sub-messages that are small: all but a write's.
void write_small(std::uint32_t id, const ControlMessage& message, Writer& to) {
  if (id != kGetVersion + kToResponse || message.resp != 0) {
    to.number_unless_zero(1, message.resp);
    return to.number_unless_zero(2, message.current ? 1 : 0);
  }
  const std::string_view name = message.version.name.view();
  if (!name.empty()) to.bytes(2, as_bytes(name));
  for (std::uint32_t i = 0; i < message.version.numbers.size(); ++i) {
    to.number_unless_zero(3 + i, message.version.numbers[i]);
  }
}

void put_write(std::uint32_t field, Bytes data, Writer& to) {
  Writer measured{{}};
  measured.bytes(1, data);
  to.head(field, measured.size());
  to.bytes(1, data);
}

void put_current_payload(const ControlMessage& message, Writer& to) {
  std::array<std::byte, 80> room{};
  Writer inner(room);
  switch (message.type) {
    case ControlType::response:
      write_small(message.id, message, inner);
      break;
    case ControlType::event:
      inner.number_unless_zero(1, message.number);
      break;
    case ControlType::unsaid:
    case ControlType::request:
      if (message.id == kWrite && !message.ota_data.empty()) {
        return put_write(message.id, message.ota_data, to);
      }
      if (!message.has_payload) return;
      break;
  }
  to.bytes(message.id, Bytes(room).first(inner.size()));
}

void put_current(const ControlMessage& message, Writer& to) {
  to.number_unless_zero(1, static_cast<std::int64_t>(message.type));
  to.number(2, message.id);
  to.number_unless_zero(3, message.uid);
  put_current_payload(message, to);
}

bool put_older(const ControlMessage& message, Writer& to) {
  const auto row = std::ranges::find(kOlderIds, message.id, &OlderId::current);
  if (row == std::end(kOlderIds)) return false;
  to.number(1, row->older);
  if (message.type == ControlType::response) {
    std::array<std::byte, 16> room{};
    Writer inner(room);
    inner.number(1, message.resp);
    inner.number_unless_zero(2, message.current ? 1 : 0);
    to.bytes(row->older + kOlderField, Bytes(room).first(inner.size()));
  } else if (message.id == kWrite) {
    put_write(row->older + kOlderField, message.ota_data, to);
  }
  return true;
}

}  // namespace

std::optional<ControlMessage> decode_control(ControlForm form, Bytes data) {
  return form == ControlForm::current ? decode_current(data) : decode_older(data);
}

std::size_t encode_control(ControlForm form, const ControlMessage& message, MutableBytes out) {
  Writer to(out);
  bool known = true;
  if (form == ControlForm::current) {
    put_current(message, to);
  } else {
    known = put_older(message, to);
  }
  return known && !to.overflowed() ? to.size() : 0;
}

}  // namespace updraft::link

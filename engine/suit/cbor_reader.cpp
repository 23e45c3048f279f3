#include "engine/suit/cbor_reader.hpp"

#include "engine/suit/same.hpp"

namespace updraft::suit {

CborReader::CborReader(Bytes bytes, Code mismatch)
    : begin_(bytes.data()),
      at_(begin_),
      end_(at_ + bytes.size()),
      whole_(end_),
      fault_(mismatch),
      cut_(mismatch) {}

void CborReader::fail(Code code) {
  if (good()) {
    state_ = State::wrong;
    fault_ = code;
  }
  at_ = end_;
  value_ = 0;
}

Bytes CborReader::take(std::uint64_t size) {
  return part(size > UINT32_MAX ? UINT32_MAX : static_cast<std::size_t>(size));
}

Bytes CborReader::part(std::size_t size) {
  if (size > static_cast<std::size_t>(end_ - at_)) {
    const bool cut = good() && end_ == whole_;
    fail(cut ? cut_ : fault_);
    if (cut) state_ = State::cut;
    return {};
  }
  at_ += size;
  return {at_ - size, size};
}

// RFC 8949 section 3: a type, and a number in it or in the 1, 2, 4 or 8 bytes behind it.
Major CborReader::item() {
  constexpr unsigned kInline = 24, kLongest = 27;  // numbers below are the value itself
  const Bytes first = part(1);
  if (first.empty()) return Major::simple;
  const unsigned initial = load_u8(first, 0);
  const auto major = static_cast<Major>(initial >> 5);
  const unsigned number = initial & 31;
  value_ = number;
  if (number < kInline) return major;
  if (number > kLongest || major == Major::simple) {
    fail();
    return major;
  }
  const std::size_t more = std::size_t{1} << (number - kInline);
  std::uint32_t high = 0, low = 0;
  for (const std::byte b : part(more)) {
    high = high << 8 | low >> 24;
    low = low << 8 | std::to_integer<std::uint32_t>(b);
  }
  value_ = std::uint64_t{high} << 32 | low;
  // The shortest form is the only one: a byte is not needed below 24, half of the bytes are.
  const std::uint32_t needed = more == 8 ? high : more == 1 ? low / kInline : low >> 4 * more;
  if (needed == 0) fail();
  return major;
}

CborReader::Head CborReader::head() {
  const Major major = item();
  return good() ? Head{major, value_} : Head{};
}

std::uint64_t CborReader::number(Major wanted) {
  if (item() != wanted) fail();
  return value_;
}

std::size_t CborReader::count(Major wanted) {
  (void)number(wanted);
  return small();
}

std::size_t CborReader::array() { return count(Major::array); }

Bytes CborReader::bytes() { return part(count(Major::bytes)); }

std::uint8_t CborReader::next() const {
  return at_ != end_ ? std::to_integer<std::uint8_t>(*at_) : std::uint8_t{0};
}

std::size_t CborReader::small() const {
  return value_ > UINT32_MAX ? UINT32_MAX : static_cast<std::size_t>(value_);
}

Bytes CborReader::bytes(std::size_t size) {
  if (count(Major::bytes) != size) fail();
  return part(good() ? size : 0);
}

std::string_view CborReader::text() {
  const Bytes found = part(count(Major::text));
  if (!is_utf8(found)) fail();
  return as_text(good() ? found : Bytes{});
}

void CborReader::fixed(const std::string_view& bytes) {
  if (!same(part(bytes.size()), as_bytes(bytes))) fail();
}

std::uint64_t CborReader::uint_after(const std::string_view& bytes) {
  fixed(bytes);
  return uint();
}

Bytes CborReader::take_after(const std::string_view& bytes, std::size_t size) {
  fixed(bytes);
  return part(size);
}

CborReader::Mark CborReader::enter() {
  const Bytes content = bytes();
  const Mark outer = end_;
  at_ = content.data();
  end_ = at_ + content.size();
  return outer;
}

void CborReader::leave(Mark outer) {
  if (at_ != end_) fail();
  end_ = outer;
  if (!good()) at_ = end_;
}

}  // namespace updraft::suit

#include "engine/suit/cbor_reader.hpp"

namespace updraft::suit {
namespace {

// The smallest number that needs so many bytes after the first.
constexpr std::uint64_t least(std::size_t bytes) {
  return bytes == 1 ? 24 : std::uint64_t{1} << (bytes * 4);
}

}  // namespace

Bytes CborReader::take(std::uint64_t size) {
  if (!good()) return {};
  if (size > bytes_.size() - at_) {
    state_ = State::cut;
    return {};
  }
  const Bytes taken = bytes_.subspan(at_, static_cast<std::size_t>(size));
  at_ += taken.size();
  return taken;
}

CborReader::Head CborReader::head() {
  const Bytes first = take(1);
  if (first.empty()) return {};
  const std::uint8_t initial = load_u8(first, 0);
  Head head{static_cast<Major>(initial >> 5), initial & 31u};
  if (head.value < 24) return head;
  if (head.value > 27 || head.major == Major::simple) {
    fail();
    return {};
  }
  const std::size_t more = std::size_t{1} << (head.value - 24);
  head.value = load_be(take(more));
  if (good() && head.value < least(more)) fail();
  return good() ? head : Head{};
}

std::uint64_t CborReader::number(Major wanted) {
  const Head found = head();
  if (good() && found.major != wanted) fail();
  return good() ? found.value : 0;
}

Bytes CborReader::bytes(std::size_t size) {
  const Bytes found = bytes();
  if (good() && found.size() != size) fail();
  return good() ? found : Bytes{};
}

std::string_view CborReader::text() {
  const Bytes found = take(number(Major::text));
  if (!is_utf8(found)) fail();
  return good() ? as_text(found) : std::string_view{};
}

void CborReader::fixed(std::string_view bytes) {
  const Bytes found = take(bytes.size());
  if (good() && as_text(found) != bytes) fail();
}

}  // namespace updraft::suit

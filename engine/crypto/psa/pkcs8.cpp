#include "engine/crypto/psa/pkcs8.hpp"

#include <optional>

namespace updraft::crypto {
namespace {

constexpr std::uint8_t kInteger = 0x02, kOctets = 0x04, kSequence = 0x30;

// Takes the first element off `in` and returns its content; nullopt: it has another tag, or is
// malformed. Lengths of up to two bytes: a key has no more.
std::optional<Bytes> take(Bytes& in, std::uint8_t tag) {
  if (in.size() < 2 || load_u8(in, 0) != tag) return std::nullopt;
  std::size_t length = load_u8(in, 1), head = 2;
  if (length == 0x81 && in.size() >= 3) {
    length = load_u8(in, 2);
    head = 3;
  } else if (length == 0x82 && in.size() >= 4) {
    length = load_u8(in, 2) * std::size_t{256} + load_u8(in, 3);
    head = 4;
  } else if (length >= 0x80) {
    return std::nullopt;
  }
  if (length > in.size() - head) return std::nullopt;
  const Bytes content = in.subspan(head, length);
  in = in.subspan(head + length);
  return content;
}

}  // namespace

Bytes inside_pkcs8(Bytes der) {
  Bytes rest = der;
  std::optional<Bytes> whole = take(rest, kSequence);
  if (!whole || !take(*whole, kInteger) || !take(*whole, kSequence)) return der;
  return take(*whole, kOctets).value_or(der);
}

}  // namespace updraft::crypto

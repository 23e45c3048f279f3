#include "engine/crypto/rsa_key_der.hpp"

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

// A positive INTEGER, without the 00 in front of a high bit.
std::optional<Bytes> take_number(Bytes& in) {
  std::optional<Bytes> number = take(in, kInteger);
  while (number && !number->empty() && number->front() == std::byte{0}) {
    number = number->subspan(1);
  }
  return number;
}

}  // namespace

Bytes inside_pkcs8(Bytes der) {
  Bytes rest = der;
  std::optional<Bytes> whole = take(rest, kSequence);
  if (!whole || !take(*whole, kInteger) || !take(*whole, kSequence)) return der;
  return take(*whole, kOctets).value_or(der);
}

std::optional<RsaNumbers> rsa_numbers(Bytes pkcs1) {
  const std::optional<Bytes> whole = take(pkcs1, kSequence);
  if (!whole) return std::nullopt;
  Bytes rest = *whole;
  const std::optional<Bytes> version = take_number(rest);
  if (!version || !version->empty()) return std::nullopt;  // 0: two primes
  RsaNumbers numbers;
  for (Bytes* const number : {&numbers.modulus, &numbers.public_exponent, &numbers.private_exponent,
                              &numbers.prime1, &numbers.prime2}) {
    const std::optional<Bytes> taken = take_number(rest);
    if (!taken || taken->empty()) return std::nullopt;
    *number = *taken;
  }
  return numbers;
}

}  // namespace updraft::crypto

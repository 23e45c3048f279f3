// Freshness tokens of any content, as answers to the question of the vectors.
#include "engine/suit/token.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/second_verifier.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::fuzz {
namespace {

void run(Bytes input) {
  static const std::vector<std::byte> bytes = golden::bytes("suit/k01-keyset-1");
  static const suit::KeySet keys = suit::KeySet::read(bytes).value();
  static const std::vector<std::byte> nonce = golden::from_hex("000102030405060708090a0b0c0d0e0f");
  const auto token = suit::read_token(input);
  if (!token) return;
  check(std::ranges::equal(written([&](suit::CborWriter& out) { suit::write_token(out, *token); }),
                           input),
        "a token that is taken has one form");
  check(std::ranges::equal(
            written([&](suit::CborWriter& out) { suit::write_token_payload(out, *token); }),
            token->payload),
        "and so has what is signed of it");
  if (!suit::check_token(*token, keys, "a0b1c2d3e4f5", nonce)) return;
  check(is_signed(token->signature, keys, suit::Role::freshness, suit::Purpose::token,
                  token->payload),
        "what is taken is signed, says OpenSSL too");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}

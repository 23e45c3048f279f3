// KeySets of any content, as the one that follows KeySet 1 of the vectors.
#include "engine/suit/key_set.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/second_verifier.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::fuzz {
namespace {

const suit::KeySet& trusted() {
  static const std::vector<std::byte> bytes = golden::bytes("suit/k01-keyset-1");
  static const suit::KeySet keys = suit::KeySet::read(bytes).value();
  return keys;
}

void run(Bytes input) {
  const auto set = suit::KeySet::read(input);
  if (!set) return;
  check(std::ranges::equal(written([&](suit::CborWriter& out) { suit::write_key_set(out, *set); }),
                           input),
        "a KeySet that is taken has one form");
  check(std::ranges::equal(
            written([&](suit::CborWriter& out) { suit::write_key_set_payload(out, *set); }),
            set->payload),
        "and so has what is signed of it");
  const suit::RoleKeys& root = set->role(suit::Role::root);
  check(root.threshold >= 1 && root.threshold <= root.count, "its root can be reached");
  if (!suit::check_change(*set, &trusted())) return;
  unsigned signers = 0;
  for (std::size_t i = 0; i < set->signature_count; ++i) {
    signers += is_signed(set->signatures[i], trusted(), suit::Role::root, suit::Purpose::key_set,
                         set->payload)
                   ? 1
                   : 0;
  }
  check(signers >= trusted().role(suit::Role::root).threshold,
        "the root before agreed, says OpenSSL too");
  check(set->version == trusted().version + 1, "it is the next one");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}

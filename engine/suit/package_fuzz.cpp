// Packages of any content, and manifests alone, which a signature keeps a fuzzer from.
//
// Input: byte 0 chooses; the rest is a package, judged with KeySet 1 of the vectors, or a manifest.
#include "engine/suit/package_content.hpp"
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

bool same(const std::vector<std::byte>& made, Bytes bytes) {
  return std::ranges::equal(made, bytes);
}

void judge_manifest(Bytes bytes) {
  const auto manifest = suit::read_manifest(bytes);
  if (!manifest) return;
  check(same(written([&](suit::CborWriter& out) { suit::write_manifest(out, *manifest); }), bytes),
        "a manifest that is taken has one form");
  check(manifest->count >= 1 && manifest->count <= suit::kMaxComponents, "a few components");
  for (const suit::Component& component : manifest->all()) {
    check(suit::is_integrated(component.uri) || suit::is_relative(component.uri),
          "nothing leads away from the package");
  }
}

void judge_package(Bytes bytes) {
  const auto package = suit::open_package(bytes, &trusted());
  if (!package) return;
  const auto signatures = suit::read_signatures(package->envelope);
  check(signatures.has_value(), "who signed can be read again");
  bool is_right = false;
  for (const suit::SignatureBlock& block : signatures->all()) {
    is_right = is_right || is_signed(block, trusted(), suit::Role::release, suit::Purpose::package,
                                     package->envelope.digest_item);
  }
  check(is_right, "what is taken is signed, says OpenSSL too");
  check(same(written([&](suit::CborWriter& out) {
               suit::write_envelope(out, package->envelope, signatures->all(), package->members);
             }),
             bytes.first(package->members.head)),
        "a head that is taken has one form");
  judge_manifest(package->envelope.manifest);
  (void)suit::check_payloads(bytes, package->members);
}

void run(Bytes input) {
  if (input.empty()) return;
  if (load_u8(input, 0) % 2 == 0) {
    judge_package(input.subspan(1));
  } else {
    judge_manifest(input.subspan(1));
  }
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}

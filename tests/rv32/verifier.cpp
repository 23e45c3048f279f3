// A KeySet, the one that follows it and a package, judged on the emulated machine: what a device
// does before it takes a signed update. tools/footprint puts the three vectors into its RAM, and
// records the numbers that it prints and how much code this links.
//
// The curve is measured by itself and taken out, as the chip's own
// crypto computes it; hashing is not.
#include "engine/crypto/signature.hpp"
#include "engine/suit/package.hpp"
#include "tests/rv32/machine.hpp"
#include "tests/rv32/outside.hpp"

namespace updraft::rv32 {
namespace {

// What a device has of it all: static, as everything is there.
struct Verifier {
  suit::KeySet current, next;
  suit::Package package;
  suit::DeviceState device;
  Error why{Code::malformed, Where::gate};
};
Verifier verifier;
Bytes front;
bool taken;

void take_key_set() {
  taken = verifier.current.fill(input(0), verifier.why) &&
          suit::check_change(verifier.current, nullptr, verifier.why);
}

void change_key_set() {
  verifier.next = {};
  taken = verifier.next.fill(input(1), verifier.why) &&
          suit::check_change(verifier.next, &verifier.current, verifier.why);
}

void judge() {
  verifier.package = {};
  taken = suit::judge_package(front, &verifier.current, verifier.device, verifier.package,
                              verifier.why);
}

// One signature, which is most of all.
suit::Signatures signatures;
crypto::Sha256Digest signed_digest;

void verify_curve() {
  const auto& role = verifier.current.role(suit::Role::release);
  taken = crypto::verify_p256(verifier.current.point(role.indexes[0]), signed_digest,
                              signatures.blocks[0].signature);
}

void measure(const char* name, void (*work)()) {
  const std::size_t heap_before = allocations();
  std::printf("number stack_%s %zu\n", name, run_on_task_stack(work));
  check(allocations() == heap_before, "nothing is allocated");
}

// The instructions that it takes.
std::uint64_t curve() {
  suit::CborReader in(verifier.package.envelope.blocks);
  suit::read_signatures(in, 1, signatures);
  const Bytes item = verifier.package.envelope.digest_item;
  signed_digest = suit::signed_digest(suit::Purpose::package, suit::Algorithm::esp256, item);
  const std::uint64_t before = instructions();
  measure("curve", verify_curve);
  check(taken, "the curve agrees");
  return instructions() - before;
}

void check_chunks() {
  const suit::Component& app = verifier.package.manifest.components[0];
  check(app.fetch.has_value(), "the package has an index");
  const Bytes image = front.last(static_cast<std::size_t>(app.size));
  const Bytes index = front.subspan(verifier.package.members.head + 6, suit::kDigestBytes);
  check(app.fetch->index.check_page(0, index).has_value(), "the page is the manifest's");
  check(app.fetch->index.check_chunk(0, image, index).has_value(), "the chunk is the page's");
}

int run() {
  front = input(2);
  const suit::OfferedComponent app{as_bytes(suit::kAppComponent), {}, 1 << 20};
  verifier.device.components = {&app, 1};
  measure("key_set", take_key_set);
  check(taken, "the first KeySet is taken");
  measure("key_set_change", change_key_set);
  check(taken, "and the second after it");
  const std::uint64_t before = instructions();
  measure("package", judge);
  const std::uint64_t spent = instructions() - before;
  check(taken, "the package is taken");
  check_chunks();
  const std::uint64_t of_curve = curve();
  const_cast<std::byte&>(front[90]) ^= std::byte{1};
  judge();
  check(!taken && verifier.why.code == Code::signature_invalid, "a bit of the signature is seen");
  number("instructions_of_a_package_without_the_curve", spent - of_curve);
  number("instructions_of_the_curve", of_curve);
  number("sizeof_key_set", sizeof(suit::KeySet));
  number("sizeof_package", sizeof(suit::Package));
  return 0;
}

}  // namespace
}  // namespace updraft::rv32

int main() { return updraft::rv32::run(); }

// What the device's decoder says of many patches: reads pairs of base and patch from the file that
// is named, prints a line for each (test_agreement.py compares it with the second decoder).
//
//   u32 bytes of the base, the base, u32 bytes of the patch, the patch; and again
#include <cstdio>
#include <fstream>
#include <iterator>

#include "engine/crypto/digest.hpp"
#include "engine/delta/test_memory_ends.hpp"

namespace updraft::delta {
namespace {

constexpr std::uint64_t kSlotBytes = 1 << 14;

// The names of spec/delta.md section 12.
const char* verdict_of(const Result<>& result) {
  if (result) return "ok";
  switch (result.error().code) {
    case Code::alg_unsupported:
      return result.error().reason == Reason::delta_version ? "version" : "too demanding";
    case Code::too_big:
      return "too demanding";
    case Code::wrong_base:
      return "wrong base";
    case Code::wrong_chip:
      return "wrong chip";
    case Code::bad_hash:
      return "digest";
    case Code::size_mismatch:
      return "cut";
    case Code::malformed:
      return "damaged";
    default:
      return "?";
  }
}

Bytes take(Bytes& from) {
  const std::size_t size = load_le32(from, 0);
  const Bytes part = from.subspan(4, size);
  from = from.subspan(4 + size);
  return part;
}

int run(const char* name) {
  std::ifstream file(name, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
  for (Bytes rest = std::as_bytes(std::span(text)); !rest.empty();) {
    const Bytes base = take(rest), patch = take(rest);
    const Applied applied = apply_patch(base, patch, 7, kSlotBytes);
    std::printf("%s;", verdict_of(applied.result));
    if (applied.result) {
      for (const std::byte b : crypto::sha256(applied.target))
        std::printf("%02x", static_cast<unsigned>(b));
    }
    std::printf("\n");
  }
  return 0;
}

}  // namespace
}  // namespace updraft::delta

int main(int argc, char** argv) { return argc == 2 ? updraft::delta::run(argv[1]) : 2; }

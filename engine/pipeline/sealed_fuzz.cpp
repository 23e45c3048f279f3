// The head of a pre-encrypted image and UnsealStage: a container that ends well was made with its
// key, in any pieces.
//
// Input: byte 0 chooses the pieces, bytes 1..2 the limit, byte 3 what is mended so that the input
// gets further (bit 0: magic, bit 1: zeros of ECIES, bit 2: the sender's point, bit 3: length,
// bit 4: tag); the container follows.
#include <algorithm>
#include <vector>

#include "engine/pipeline/unseal_stage.hpp"
#include "sim/sealed_image.hpp"
#include "tests/fuzz/stage_run.hpp"

namespace updraft::fuzz {
namespace {

using format::kSealedHeaderBytes;

crypto::Secret<32> scalar() {
  const std::array<std::byte, 32> bytes{std::byte{1}, std::byte{2}, std::byte{3}};
  return crypto::Secret<32>{Bytes(bytes)};
}

format::SealedKeys& keys() {
  static format::SealedKeys held;
  static const bool loaded = held.add_ecies(scalar());
  check(loaded, "the key loads");
  return held;
}

Outcome unseal(Bytes stream, std::size_t piece, std::uint64_t limit) {
  static pipeline::UnsealStage stage{keys()};
  Collector next;
  stage.reset(next, limit, 0);
  return run_stage(stage, next, stream, piece, limit);
}

void check_header(Bytes stream, std::uint64_t limit) {
  const auto header = format::parse_sealed_header(stream, limit);
  if (!header) return;
  check(header->length != 0 && header->length <= limit, "a length is within the limit");
  std::array<std::byte, kSealedHeaderBytes> written{};
  format::write_sealed_header(*header, written);
  check(std::ranges::equal(Bytes(written).first(424), stream.first(424)),
        "what was read is written the same");
}

// A container of our own making, with parts of the input over it.
std::vector<std::byte> mended(Bytes input, unsigned what) {
  std::vector<std::byte> stream(input.begin(), input.end());
  if (stream.size() < kSealedHeaderBytes + 1) return stream;
  static const auto whom = *sim::seal_for_scalar(scalar());
  static const auto zeros = [](MutableBytes out) { std::ranges::fill(out, std::byte{5}); };
  static const auto sample = sim::seal_image(Bytes(input).first(1), whom, zeros);
  const auto take = [&](std::size_t at, std::size_t size) {
    std::copy_n(sample.begin() + static_cast<std::ptrdiff_t>(at), size,
                stream.begin() + static_cast<std::ptrdiff_t>(at));
  };
  if ((what & 1u) != 0) take(0, 4);
  if ((what & 2u) != 0) take(100, 288);
  if ((what & 4u) != 0) take(4, 64);
  if ((what & 8u) != 0) {
    store_le32(stream, 404, static_cast<std::uint32_t>(stream.size() - kSealedHeaderBytes));
  }
  if ((what & 16u) != 0) {  // all of it, around the same content
    stream = sim::seal_image(Bytes(stream).subspan(kSealedHeaderBytes), whom, zeros);
  }
  return stream;
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  if (size < 4) return 0;
  const Bytes bytes = input(data, size);
  const std::uint64_t limit = load_le16(bytes, 1);
  const unsigned mend = load_u8(bytes, 3);
  const std::vector<std::byte> stream = mended(bytes.subspan(4), mend);
  check_header(stream, limit);
  const Outcome whole = unseal(stream, SIZE_MAX, limit);
  const Outcome pieces = unseal(stream, 1 + load_u8(bytes, 0), limit);
  check(whole.result == pieces.result, "pieces give the same verdict");
  check(whole.bytes == pieces.bytes, "pieces give the same bytes");
  const bool ours = (mend & 16u) != 0 && stream.size() > kSealedHeaderBytes + 1;
  if (ours && stream.size() - kSealedHeaderBytes <= limit) {
    check(whole.result.has_value(), "what was sealed for the key opens");
    check(std::ranges::equal(whole.bytes, bytes.subspan(4 + kSealedHeaderBytes)),
          "and gives what was sealed");
  }
  return 0;
}

// ImageVerifier, from the wire and from flash.
//
// The input is an image; what the image shall fit and where it is cut into pieces is taken from its
// last four bytes. Checksum and hash are corrected before it is verified (unless the last bit says
// otherwise), else hardly any input would get past them.
#include <algorithm>
#include <array>
#include <vector>

#include "engine/format/image_in_flash.hpp"
#include "engine/format/image_verifier.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/ram_flash.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

using Buffer = std::vector<std::byte>;

constexpr std::size_t kControlBytes = 4;

format::ImageExpectation expectation_of(Bytes control) {
  static constexpr std::uint16_t kChips[] = {0x0000, 0x0005, 0x000D, 0x0017};
  const std::uint8_t choice = load_u8(control, 0);
  format::ImageExpectation expectation;
  if ((choice & 1) != 0) expectation.chip = format::find_chip(kChips[(choice >> 1) % 4]);
  expectation.chip_revision = load_u8(control, 1);
  expectation.ignore_max_revision = (choice & 8) != 0;
  expectation.efuse_block_revision = choice >> 6;
  expectation.capacity = (choice & 16) != 0 ? 64u * load_u8(control, 2) : 0;
  expectation.secure_version_floor = (choice & 32) != 0 ? 1 : 0;
  expectation.require_hash = (choice & 64) != 0;
  if ((choice & 128) != 0) expectation.project = "demo";
  return expectation;
}

// True if header and segments lie inside the image, so that it can be sealed.
bool has_layout(Bytes image) {
  if (image.size() < format::kImageHeaderBytes) return false;
  std::uint64_t end = format::kImageHeaderBytes;
  for (std::uint8_t i = 0; i < load_u8(image, 1); ++i) {
    if (end + format::kSegmentHeaderBytes > image.size()) return false;
    end += format::kSegmentHeaderBytes + format::parse_segment_header(image.subspan(end)).data_len;
  }
  const std::size_t hash = load_u8(image, 23) != 0 ? format::kHashBytes : 0;
  return format::checksum_end(end) + hash <= image.size();
}

struct Walk {
  Result<> result;
  format::ImageInfo info;
  std::uint64_t extent;
};

// Pieces of 1 to 64 bytes, drawn from `seed`; one piece if it is 0.
Walk verify(Bytes image, const format::ImageExpectation& expectation, std::uint32_t seed) {
  static format::ImageVerifier verifier;
  verifier.reset(expectation);
  Result<> result;
  while (result && !image.empty()) {
    seed = seed * 1664525 + (seed != 0 ? 1013904223 : 0);
    const std::size_t piece = seed == 0 ? image.size() : 1 + (seed >> 26);
    const Bytes part = image.first(std::min(piece, image.size()));
    result = verifier.push(part);
    image = image.subspan(part.size());
  }
  if (result) result = verifier.finish();
  return {result, verifier.info(), verifier.extent()};
}

void check_accepted(const Walk& walk, Bytes image, const format::ImageExpectation& wanted) {
  const format::ImageInfo& info = walk.info;
  check(info.complete && info.length <= image.size(), "an accepted image is there as a whole");
  check(info.header.hash_appended || !wanted.require_hash, "a hash is there if one is required");
  check(wanted.capacity == 0 || info.length <= wanted.capacity, "an accepted image fits its slot");
  const std::size_t tail = info.header.hash_appended ? format::kHashBytes : 0;
  check(crypto::sha256(image.first(info.length - tail)) == info.digest, "the digest is right");
  check(walk.extent % 4096 == 0 && walk.extent > info.length, "the extent holds the image");
}

void check_flipped(Buffer image, const Walk& walk, std::uint32_t seed,
                   const format::ImageExpectation& expectation) {
  if (!walk.info.header.hash_appended) return;
  const std::size_t bit = seed % (std::size_t{walk.info.length} * 8);
  image[bit / 8] ^= std::byte{1} << (bit % 8);
  check(!verify(image, expectation, 0).result, "one flipped bit is seen");
}

void check_in_flash(Bytes image, const Walk& walk) {
  fakes::RamFlash slot(static_cast<std::uint32_t>(align_up(image.size(), kFlashSector)));
  std::ranges::copy(image, slot.bytes.begin());
  static format::ImageVerifier verifier;
  std::array<std::byte, 100> scratch;
  const auto info = format::verify_image(slot, {}, verifier, scratch);
  const auto digest = format::appended_digest(slot);
  if (!walk.result) return;
  check(info && info->digest == walk.info.digest, "flash gives the verdict of the wire");
  check(digest.has_value() == walk.info.header.hash_appended, "a digest is found if appended");
  check(!digest || *digest == walk.info.digest, "the digest found is that of the image");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  const Bytes bytes = input(data, size);
  if (size < kControlBytes) return 0;
  const Bytes control = bytes.last(kControlBytes);
  Buffer image(bytes.begin(), bytes.end());
  if ((load_u8(control, 3) & 1) == 0 && has_layout(image)) sim::reseal_image(image);

  const format::ImageExpectation expectation = expectation_of(control);
  const std::uint32_t seed = load_le32(control, 0) | 1;
  const Walk whole = verify(image, expectation, 0);
  const Walk pieces = verify(image, expectation, seed);
  check(whole.result == pieces.result, "pieces give the verdict of the whole");
  check(whole.info.length == pieces.info.length, "pieces give the length of the whole");
  check(whole.extent == pieces.extent, "pieces give the extent of the whole");
  if (whole.result) {
    check_accepted(whole, image, expectation);
    check_flipped(image, whole, seed, expectation);
  }
  check_in_flash(image, whole);
  return 0;
}

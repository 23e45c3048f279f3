// Walks an application image as its bytes pass, in pieces of any size, and judges it in the order
// of spec/esp32.md section 1.7. The same walk is used on the wire and again from flash.
//
// Owner: whoever reads the image; fixed size, no heap after construction. Feed push() until the
// bytes end, then finish(). The first error ends the walk; reset() starts another.
#pragma once
#include <cstdint>
#include <string_view>

#include "engine/crypto/digest.hpp"
#include "engine/format/chip.hpp"
#include "engine/format/image.hpp"

namespace updraft::format {

// What the image must fit. The defaults ask nothing but a sound image (desk tools).
struct ImageExpectation {
  const Chip* chip = nullptr;              // nullptr: any chip that is known
  std::uint16_t chip_revision = 0;         // judged only with `chip`; major * 100 + minor
  bool ignore_max_revision = false;        // the eFuse that lifts max_chip_rev_full is burnt
  bool any_app = false;                    // judged only with `chip`: an app descriptor may be
                                           // missing, as far as the chip's bootloader allows it
  std::uint16_t efuse_block_revision = 0;  // judged on all chips but esp32
  std::uint32_t capacity = 0;              // slot size in bytes; 0: no limit but 32 bits
  std::uint32_t flash_address = 0;         // where it stands, if that is no multiple of 64 KiB
  std::uint32_t secure_version_floor = 0;  // anti-rollback counter; 0: any
  std::string_view project;                // required project_name; empty: any
  bool require_hash = false;               // refuse images without an appended SHA-256
};

// Errors of push(): not_an_image, not_an_app (a bootloader), wrong_chip, wrong_revision, malformed,
// too_big, secure_version_low, wrong_product, bad_checksum, bad_hash. Of finish(): size_mismatch
// (ended early; found and expected are bytes, expected 0 while unknown), bad_hash.
class ImageVerifier {
 public:
  ImageVerifier() = default;
  explicit ImageVerifier(const ImageExpectation& expectation) { reset(expectation); }
  void reset(const ImageExpectation& expectation);

  // Takes all bytes. What comes after the image (padding, a signature sector) is counted, not
  // judged.
  Result<> push(Bytes bytes);
  Result<> finish();
  bool complete() const { return part_ == Part::after_end; }  // the image's own end has passed

  const ImageInfo& info() const { return info_; }
  std::uint64_t received() const { return received_; }
  // Bytes that the image has at least, by what of it was seen; its length once that is known.
  std::uint64_t announced() const;
  // Bytes of the file that belong to the image: its length, and after it at most the 0xFF gap and
  // the signature sector of Secure Boot v2 (section 1.8). 0 while unknown.
  std::uint64_t extent() const;

 private:
  enum class Part : std::uint8_t { header, segment_header, segment_data, padding, hash, after_end };

  Result<> take(Bytes& bytes);  // one part's share, from the front
  Result<> take_data(Bytes& bytes);
  bool gather(Bytes& bytes, std::size_t want);  // into field_; true when `want` are there
  Result<> judge_header();
  Result<> judge_segment();
  Result<> judge_descriptor();
  Result<> judge_checksum();
  Result<> judge_hash();
  Result<> judge_placement(const SegmentHeader& segment, std::uint64_t data_offset);
  void next_segment_or_padding();
  void hash(Bytes bytes);

  ImageExpectation expect_;
  const Chip* chip_ = nullptr;  // the image's own
  ImageInfo info_;
  Part part_ = Part::header;
  std::array<std::byte, kAppDescriptorBytes> field_{};  // the small part being gathered
  std::size_t gathered_ = 0;
  std::uint64_t received_ = 0;   // all bytes seen
  std::uint64_t part_left_ = 0;  // of segment data or padding
  std::uint64_t end_ = 0;        // offset after the last segment announced so far
  std::uint8_t segment_ = 0;     // index of the current segment
  bool maps_any_ = false;        // a segment that is mapped from flash was seen
  SegmentHeader first_segment_{};
  std::uint32_t mmu_page_ = kDefaultMmuPage;
  std::uint8_t checksum_ = kChecksumSeed;
  crypto::Sha256 sha_;
  // Finds an image whose hash flag was damaged on the way: this second digest is computed as if the
  // flag were set, and the 32 bytes after the image equal it.
  crypto::Sha256 sha_as_if_hashed_;
  crypto::Sha256Digest digest_as_if_hashed_{};
};

}  // namespace updraft::format

// Content of a data partition that is kept somewhere else: an image before it is copied, or what an
// image replaced. Sectors that are all FF are not stored; a map says which are.
//
//   low  ... | sector n | ... | sector 1 | sector 0 | head |  top
//
// It grows downward from `top`, so whatever else lies in that room - an app from its start - needs
// no agreement but that the two do not meet. The head is written last: without one there is no
// store. Little-endian:
//
//   head  +0 "UDST"  +4 layout u32, 1  +8 image bytes u32  +12 sectors stored u32  +16 label[16]
//         +32 SHA-256 of the image  +64 crc32 of the blanks
//         +68 map, 512 bytes, a bit per sector, lowest first  +580 crc32 of 0..579
//         +1024 blanks, 512 bytes: a bit is cleared for a sector that is FF and is not stored, of
//         what an image replaced: there, what is not said was as the image has it
#pragma once
#include <array>
#include <cstdint>

#include "updraft/flash.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/format/partition_table.hpp"

namespace updraft::parts {

inline constexpr std::size_t kSparseMapBytes = 512;  // a bit per sector: a partition of 16 MiB
inline constexpr std::uint32_t kSparseBytes = kSparseMapBytes * 8 * kFlashSector;
inline constexpr std::size_t kStoreHeadBytes = 68 + kSparseMapBytes + 4;

// What the head says of the content.
struct StoredImage {
  Text<format::kPartitionLabelBytes> label;
  std::uint32_t size = 0;  // bytes; what follows in the partition is FF
  crypto::Sha256Digest digest{};
};

// Writes one store. The bytes of a sector are never written twice, and each sector is erased right
// before; nothing that was there is trusted.
class StoreWriter {
 public:
  // Room: [floor, top) of `area`, which outlives the writer; both multiples of a sector, and top
  // above floor. `max_erase`: the longest stretch, 4 or 64 KiB.
  void begin(Flash& area, std::uint32_t floor, std::uint32_t top, std::uint32_t max_erase);
  // `bytes` stand at `offset` of the image: in order, and not over the end of a sector. Errors:
  // no_room (found: bytes that are needed, at least; expected: that there are), flash.
  Result<> write(std::uint32_t offset, Bytes bytes);
  // This sector, after all that came before, is FF and shall be told from one that is not said.
  Result<> mark_blank(std::uint32_t sector);
  Result<> finish(const StoredImage& image);  // errors: no_room, flash
  // What was written so far, FF elsewhere. Error: flash.
  Result<> read(std::uint32_t offset, MutableBytes out);

  std::uint32_t head() const { return top_ - kFlashSector; }  // where the head stands
  std::uint32_t low() const { return head() - stored_ * kFlashSector; }
  bool begun() const { return erased_from_ != top_; }  // the room was changed

 private:
  bool has(std::uint32_t sector) const;
  std::uint32_t place_of(std::uint32_t sector) const;
  Result<> claim(std::uint32_t sector, std::uint32_t offset);
  Result<> erase_down_to(std::uint32_t place);
  Result<> write_blanks();

  Flash* area_ = nullptr;
  std::uint32_t floor_ = 0, top_ = 0;
  std::uint32_t max_erase_ = kFlashBlock;
  std::uint32_t stored_ = 0;
  std::uint32_t erased_from_ = 0;       // from here to top_ all was erased
  std::array<std::byte, 16> blanks_{};  // of 128 sectors; with flash encryption no less is written
  std::uint32_t blanks_at_ = 0;         // which of them
  std::uint32_t blanks_crc_ = 0;        // of those before
  std::array<std::byte, kStoreHeadBytes> record_{};  // the map stands where the head has it
};

// Reads one, of which it holds nothing but where it is.
class StoreReader {
 public:
  // Errors: malformed (there is no whole store whose head is there), flash.
  Result<> open(Flash& area, std::uint32_t head);
  const StoredImage& image() const { return image_; }
  std::uint32_t low() const { return head_ - stored_ * kFlashSector; }

  Result<bool> has(std::uint32_t sector);   // it is stored
  Result<bool> says(std::uint32_t sector);  // or known to be FF: the store says what is there
  // Bytes of the image from `offset` on, within one sector; FF where it is not stored.
  Result<> read(std::uint32_t offset, MutableBytes out);

 private:
  Result<> rank(std::uint32_t sector);

  Flash* area_ = nullptr;
  std::uint32_t head_ = 0, stored_ = 0;
  StoredImage image_;
  std::uint32_t at_ = 0, before_ = 0;   // so many sectors are stored before sector at_
  std::uint32_t byte_at_ = UINT32_MAX;  // of the map, that is held
  std::byte byte_{};
};

}  // namespace updraft::parts

#include "tests/rv32/cfi_flash.hpp"

namespace updraft::rv32 {
namespace {

constexpr std::uint32_t kBase = 0x20000000;
constexpr std::uint32_t kEraseBlock = 256 * 1024;
constexpr std::uint32_t kBuffer =
    16;  // words, which begin at a multiple of as many; the chips take more
constexpr std::uint32_t kBlock = 4 * kBuffer;

// Each command goes to both chips.
constexpr std::uint32_t kReadArray = 0x00FF00FF;
constexpr std::uint32_t kClearStatus = 0x00500050;
constexpr std::uint32_t kProgram = 0x00E800E8;  // up to kBuffer at once
constexpr std::uint32_t kErase = 0x00200020;
constexpr std::uint32_t kConfirm = 0x00D000D0;
constexpr std::uint32_t kReady = 0x00800080;
constexpr std::uint32_t kFailed = 0x003A003A;

volatile std::uint32_t& word_at(std::uint32_t offset) {
  const std::uint32_t address =
      kBase + offset / kFlashSector * kEraseBlock + offset % kFlashSector / 4 * 4;
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

Result<> wait(std::uint32_t offset) {
  volatile std::uint32_t& word = word_at(offset);
  std::uint32_t status = word;
  while ((status & kReady) != kReady) status = word;
  word = kReadArray;
  return (status & kFailed) == 0 ? Result<>{} : fail(Code::flash, Where::slot, offset);
}

}  // namespace

Result<> CfiFlash::read(std::uint32_t offset, MutableBytes out) {
  if (!inside(offset, out.size(), size())) return fail(Code::flash, Where::slot, offset);
  for (std::byte& b : out) {
    b = static_cast<std::byte>(word_at(offset) >> (8 * (offset % 4)));
    ++offset;
  }
  return {};
}

// By the chips' buffers: each command switches them away from reading, which takes the emulator
// far longer than the bytes; a longer buffer would count as stack of the task. A real chip only
// clears bits, but the emulated one stores whatever is written: so this ANDs the data with the old
// content.
Result<> CfiFlash::program(std::uint32_t offset, Bytes data) {
  if (!inside(offset, data.size(), size())) return fail(Code::flash, Where::slot, offset);
  while (!data.empty()) {
    std::array<std::uint32_t, kBuffer> words;
    const std::uint32_t first = offset / 4 * 4, end = (first / kBlock + 1) * kBlock;
    std::uint32_t count = 0;
    for (; !data.empty() && offset < end; ++count) {
      words[count] = word_at(first + 4 * count);
      do {
        const unsigned shift = 8 * (offset++ % 4);
        words[count] &=
            ~(std::uint32_t{0xFF} << shift) | (std::uint32_t{load_u8(data, 0)} << shift);
        data = data.subspan(1);
      } while (!data.empty() && offset % 4 != 0);
    }
    word_at(first) = kProgram;
    word_at(first) = (count - 1) << 16 | (count - 1);  // each chip counts its own
    for (std::uint32_t i = 0; i < count; ++i) word_at(first + 4 * i) = words[i];
    word_at(first) = kConfirm;
    UPDRAFT_TRY(wait(first));
  }
  return {};
}

Result<> CfiFlash::erase(std::uint32_t offset, std::uint32_t length) {
  const bool aligned = offset % kFlashSector == 0 && length % kFlashSector == 0;
  if (!aligned || !inside(offset, length, size())) return fail(Code::flash, Where::slot, offset);
  for (; length > 0; offset += kFlashSector, length -= kFlashSector) {
    word_at(offset) = kClearStatus;
    word_at(offset) = kErase;
    word_at(offset) = kConfirm;
    UPDRAFT_TRY(wait(offset));
  }
  return {};
}

}  // namespace updraft::rv32

#include "engine/update/resumer.hpp"

#include <algorithm>

namespace updraft {
namespace {

using pipeline::kSectorsPerBlock;
using Checks = pipeline::SlotLedger::Checks;

constexpr std::uint32_t index_of(std::uint32_t offset) {  // of a sector in its block
  return offset / kFlashSector % kSectorsPerBlock;
}

}  // namespace

Result<std::uint64_t> Resumer::go_on(std::uint64_t received) {
  while (received == image_.passed()) {
    const Result<Bytes> taken = take_sector();
    if (!taken) return std::unexpected(taken.error());
    if (taken->empty()) break;
    received += taken->size();
    UPDRAFT_TRY(image_.skip(*taken));
  }
  return received;
}

Result<std::uint32_t> Resumer::go_on(pipeline::PatchSink& patch, std::uint64_t rest) {
  UPDRAFT_TRY(patch.flush());
  while (const std::uint32_t part_end = patch.next_restart()) {
    if (image_.passed() != patch.made()) break;  // the patch makes more than the slot takes
    if (!recorded_up_to(part_end)) break;
    while (patch.made() < part_end) {
      const Result<Bytes> taken = take_sector();
      if (!taken) return std::unexpected(taken.error());
      if (taken->empty()) return fail(Code::flash, Where::slot, patch.made());  // it read otherwise
      UPDRAFT_TRY(image_.skip(*taken));
      UPDRAFT_TRY(patch.skip(*taken));
    }
  }
  const auto needless = std::min<std::uint64_t>(patch.passed_over(), rest);
  patch.leave_out(static_cast<std::uint32_t>(needless));
  return static_cast<std::uint32_t>(needless);
}

Result<Bytes> Resumer::take_sector() {
  const std::uint32_t at = writer_.sector_offset();
  if (at + std::uint64_t{kFlashSector} > writer_.recorder().resumable_to()) return Bytes{};
  Checks recorded;
  const std::uint16_t known = writer_.recorder().load(at / kFlashBlock, recorded);
  if ((known >> index_of(at) & 1u) == 0) return Bytes{};
  const Result<Bytes> taken = writer_.pass_over(recorded[index_of(at)]);
  if (taken && !taken->empty()) took_any_ = true;
  return taken;
}

// Whether take_sector() would take all sectors up to `end`, a multiple of 4096.
bool Resumer::recorded_up_to(std::uint32_t end) {
  if (end > writer_.recorder().resumable_to()) return false;
  Checks recorded;
  std::uint16_t known = 0;
  for (std::uint32_t at = writer_.sector_offset(); at < end; at += kFlashSector) {
    const bool next_block = at == writer_.sector_offset() || index_of(at) == 0;
    if (next_block) known = writer_.recorder().load(at / kFlashBlock, recorded);
    if ((known >> index_of(at) & 1u) == 0) return false;
    if (!writer_.reads_as(at, recorded[index_of(at)])) return false;
  }
  return true;
}

Error Resumer::judged(const Error& error) {
  if (!took_any_ || verdict(error.code) != Verdict::refused) return error;
  writer_.doubted();
  return {Code::image_mismatch, Where::slot};
}

}  // namespace updraft

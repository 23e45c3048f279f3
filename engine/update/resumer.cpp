#include "engine/update/resumer.hpp"

#include <algorithm>

namespace updraft {

using pipeline::PatchSink;

Result<> Resumer::go_on(const Unwrapper::LetIn& payload, std::uint64_t size,
                        std::uint64_t& received) {
  if (payload.plain) return take_image(received);
  if (payload.patch == nullptr) return {};
  UPDRAFT_TRY(take_parts(*payload.patch));
  if (!payload.patch_is_payload) return {};  // what it passes over, its wrapper still has to see
  const std::uint64_t rest = size - std::min(size, received);
  const auto needless =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(payload.patch->passed_over(), rest));
  payload.patch->leave_out(needless);
  received += needless;
  return {};
}

Result<> Resumer::take_image(std::uint64_t& received) {
  while (received == image_.passed()) {
    UPDRAFT_TRY(take_on(nullptr));
    if (image_.passed() == received) break;
    received = image_.passed();
  }
  return {};
}

Result<> Resumer::take_parts(PatchSink& patch) {
  UPDRAFT_TRY(patch.flush());
  while (const std::uint32_t part_end = patch.next_restart()) {
    if (image_.passed() != patch.made()) break;  // the patch makes more than the slot takes
    if (!recorded_up_to(part_end)) break;
    while (patch.made() < part_end) {
      const std::uint32_t made = patch.made();
      UPDRAFT_TRY(take_on(&patch));
      if (patch.made() == made) return fail(Code::flash, Where::slot, made);  // it read otherwise
    }
  }
  return {};
}

// One sector, if there is one to take: for the image stage, and for the patch that makes the image.
Result<> Resumer::take_on(PatchSink* patch) {
  const Result<Bytes> taken = take_sector();
  if (!taken) return taken.error();
  if (taken->empty()) return {};
  took_any_ = true;
  UPDRAFT_TRY(image_.skip(*taken));
  return patch != nullptr ? patch->skip(*taken) : Result<>{};
}

Result<Bytes> Resumer::take_sector() {
  const std::optional<std::uint32_t> check = recorded_check(writer_.sector_offset());
  if (!check) return Bytes{};
  return writer_.pass_over(*check);
}

// Whether take_sector() would take all sectors up to `end`, a multiple of 4096.
bool Resumer::recorded_up_to(std::uint32_t end) {
  if (end > writer_.recorder().resumable_to()) return false;
  for (std::uint32_t at = writer_.sector_offset(); at < end; at += kFlashSector) {
    const std::optional<std::uint32_t> check = recorded_check(at);
    if (!check || !writer_.reads_as(at, *check)) return false;
  }
  return true;
}

// The CRC-32 of a sector that belongs to this payload and was not changed since.
std::optional<std::uint32_t> Resumer::recorded_check(std::uint32_t sector_offset) {
  const std::uint32_t resumable = writer_.recorder().resumable_to();
  if (sector_offset + std::uint64_t{kFlashSector} > resumable) return std::nullopt;
  pipeline::SlotLedger::Checks recorded;
  const std::uint16_t known = writer_.recorder().load(sector_offset / kFlashBlock, recorded);
  const std::uint32_t index = sector_offset / kFlashSector % pipeline::kSectorsPerBlock;
  if ((known >> index & 1u) == 0) return std::nullopt;
  return recorded[index];
}

Error Resumer::reconsider(const Error& error) {
  if (!took_any_ || verdict(error.code) != Verdict::refused) return error;
  writer_.note_mismatch();
  return {Code::image_mismatch, Where::slot};
}

}  // namespace updraft

// The first half of the bootloader: which app should boot, by the otadata records alone.
#include "sim/boot_trace.hpp"
#include "sim/bootloader.hpp"

namespace updraft::sim {

using format::OtaRecord;
using format::OtaState;

namespace {

std::string of(std::size_t record) { return "record " + std::to_string(record); }

// Empty or with a wrong crc; the state does not matter.
bool unwritten(const OtaRecord& record) { return record.empty() || !record.crc_ok(); }

bool both(const format::OtaRecords& records, bool (*predicate)(const OtaRecord&)) {
  return predicate(records[0]) && predicate(records[1]);
}

bool rejected(const OtaRecord& record) { return record.rejected(); }

}  // namespace

Result<int> Bootloader::select() {
  if (layout_.otadata == nullptr) {
    say("no otadata partition: starting with the factory app");
    return kFactoryIndex;
  }
  if (const Result<> read = otadata_.read(flash_, *layout_.otadata); !read) {
    say(read.error().code == Code::flash ? "the flash does not answer"
                                         : "otadata partition: smaller than 8 KiB");
    return std::unexpected(read.error());
  }
  for (std::size_t i = 0; i < 2; ++i) say(describe_record(i, otadata_[i], layout_.slots));
  if (rolls_back()) UPDRAFT_TRY(abort_pending());

  std::optional<std::size_t> active;
  if (anti_rollback()) {
    if (both(otadata_.records(), unwritten)) {
      initial_ = true;
      say("no record was ever written: trying every slot");
      return kFactoryIndex;
    }
    if (layout_.slots == 0 && (otadata_[0].usable() || otadata_[1].usable())) {
      say("no OTA slots: the bootloader divides by zero and resets");
      return fail(Code::malformed, Where::table);
    }
    active = newest_allowed();
  } else {
    if (both(otadata_.records(), rejected) || layout_.slots == 0) return select_default();
    active = format::newest_usable(otadata_.records());
  }
  if (active) return enter(*active);
  say(layout_.factory != nullptr ? "no usable record: starting with the factory app"
                                 : "no usable record and no factory app: trying every slot");
  return kFactoryIndex;
}

// Whatever was booted once and not confirmed loses its turn. The crc is not consulted.
Result<> Bootloader::abort_pending() {
  for (std::size_t i = 0; i < 2; ++i) {
    if (otadata_[i].state != OtaState::pending_verify) continue;
    otadata_.set_state(i, OtaState::aborted);
    say(of(i) + ": not confirmed before this reset, marked aborted");
    UPDRAFT_TRY(write_record(i));
  }
  return {};
}

int Bootloader::select_default() {
  const std::string why = layout_.slots == 0 ? "no OTA slots" : "no record may boot";
  if (layout_.factory != nullptr) {
    say(why + ": starting with the factory app");
    return kFactoryIndex;
  }
  initial_ = both(otadata_.records(), unwritten);
  say(why + " and no factory app: starting with ota_0");
  return 0;
}

// As format::newest_usable(), but a record counts only if its slot passes the anti-rollback check.
std::optional<std::size_t> Bootloader::newest_allowed() {
  format::OtaRecords allowed = otadata_.records();
  for (std::size_t i = 0; i < 2; ++i) {
    if (!allowed[i].usable()) continue;
    const int slot = static_cast<int>(format::slot_of(allowed[i].seq, layout_.slots));
    if (passes_anti_rollback(slot)) continue;
    say(of(i) + ": the secure version in " + app_name(slot) + " is below the eFuse counter " +
        std::to_string(fuses_.secure_version()) + ", ignored");
    allowed[i] = {};
  }
  return format::newest_usable(allowed);
}

Result<int> Bootloader::enter(std::size_t record) {
  const OtaRecord chosen = otadata_[record];
  const int slot = static_cast<int>(format::slot_of(chosen.seq, layout_.slots));
  say(of(record) + " is the newest usable one: starting with " + app_name(slot));
  if (rolls_back() && chosen.state == OtaState::new_image) {
    otadata_.set_state(record, OtaState::pending_verify);
    say(of(record) + ": first boot, marked pending_verify");
    UPDRAFT_TRY(write_record(record));
  }
  if (anti_rollback() && chosen.state == OtaState::valid) raise_secure_version(slot);
  return slot;
}

}  // namespace updraft::sim

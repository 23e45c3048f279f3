// OTA calls that write a partition: begin or resume, write, end or abort.
#include <algorithm>

#include "sim/chip_aborts.hpp"
#include "sim/esp_ota.hpp"

namespace updraft::sim {

using format::OtaState;
using format::Partition;
using format::PartitionType;

namespace {

bool is_ota_slot(const Partition& partition) {
  return partition.type == PartitionType::app && (partition.subtype & 0xF0) == format::kAppOta0;
}

// What the first bytes of a partition of this type must be; only that much is checked on the way.
bool begins_right(const Partition& partition, Bytes data) {
  if (partition.type == PartitionType::app) return load_u8(data, 0) == format::kImageMagic;
  if (partition.type == PartitionType::partition_table && data.size() >= 2) {
    return load_le16(data, 0) == format::kPartitionMagic;
  }
  return true;
}

}  // namespace

EspErr EspOta::begin(const Partition* partition, std::uint32_t image_size, OtaHandle* out) {
  if (partition == nullptr || out == nullptr) return EspErr::invalid_arg;
  const Partition* const target = find(partition);
  if (const EspErr err = check_target(target); err != EspErr::ok) return err;
  *out = open(*target, image_size == kOtaWithSequentialWrites, 0);

  EspErr erased = EspErr::ok;
  if (image_size == 0 || image_size == kOtaSizeUnknown) {
    erased = erase_range(*target, 0, target->size);
  } else if (image_size != kOtaWithSequentialWrites) {
    erased = erase_range(*target, 0, align_up(image_size, kFlashSector));
  }
  if (erased != EspErr::ok) return erased;
  if (rolls_back() && is_ota_slot(*target)) (void)invalidate_inactive_ota_data_slot();
  return EspErr::ok;
}

EspErr EspOta::resume(const Partition* partition, std::uint32_t erase_size, std::uint32_t offset,
                      OtaHandle* out) {
  if (partition == nullptr || out == nullptr || offset > partition->size) {
    return EspErr::invalid_arg;
  }
  const Partition* const target = find(partition);
  if (const EspErr err = check_target(target); err != EspErr::ok) return err;
  *out = open(*target, erase_size == kOtaWithSequentialWrites, offset);
  return EspErr::ok;
}

// The conditions that begin() and resume() share, in their order.
EspErr EspOta::check_target(const Partition* target) {
  if (target == nullptr) return EspErr::not_found;
  if (target->type == PartitionType::bootloader) return EspErr::not_supported;
  if (target->type == PartitionType::app) {
    if (const EspErr err = check_app(*target); err != EspErr::ok) return err;
  }
  const bool open = std::ranges::any_of(
      sessions_, [target](const Session& session) { return session.partition == target; });
  return open ? EspErr::ota_already_in_progress : EspErr::ok;
}

EspErr EspOta::check_app(const Partition& target) {
  if (!is_ota_slot(target)) return EspErr::invalid_arg;
  if (&target == running_) return EspErr::ota_partition_conflict;
  OtaState state{};
  const bool on_trial = rolls_back() && get_state_partition(running_, &state) == EspErr::ok &&
                        state == OtaState::pending_verify;
  return on_trial ? EspErr::ota_rollback_invalid_state : EspErr::ok;
}

OtaHandle EspOta::open(const Partition& partition, bool sequential, std::uint32_t wrote_size) {
  sessions_.push_back({++last_handle_, &partition, sequential, wrote_size});
  return last_handle_;
}

EspOta::Session* EspOta::session(OtaHandle handle) {
  const auto it = std::ranges::find(sessions_, handle, &Session::handle);
  return it == sessions_.end() ? nullptr : &*it;
}

EspErr EspOta::write(OtaHandle handle, Bytes data) {
  if (data.data() == nullptr) return EspErr::invalid_arg;
  if (data.empty()) return EspErr::ok;
  Session* const open = session(handle);
  if (open == nullptr) return EspErr::invalid_arg;
  if (open->sequential) {
    if (const EspErr err = erase_ahead(*open, data.size()); err != EspErr::ok) return err;
  }
  if (open->wrote_size == 0 && !begins_right(*open->partition, data)) {
    return EspErr::ota_validate_failed;
  }
  const EspErr err = write_range(*open->partition, open->wrote_size, data);
  if (err == EspErr::ok) open->wrote_size += static_cast<std::uint32_t>(data.size());
  return err;
}

// Erases the sectors that a write of `length` bytes enters.
EspErr EspOta::erase_ahead(const Session& open, std::size_t length) {
  const std::uint64_t begin = align_up(open.wrote_size, kFlashSector);
  const std::uint64_t end = align_up(std::uint64_t{open.wrote_size} + length, kFlashSector);
  if (begin >= end) return EspErr::ok;
  return erase_range(*open.partition, static_cast<std::uint32_t>(begin), end - begin);
}

EspErr EspOta::write_with_offset(OtaHandle handle, Bytes data, std::uint32_t offset) {
  if (data.data() == nullptr) return EspErr::invalid_arg;
  Session* const open = session(handle);
  if (open == nullptr) return EspErr::invalid_arg;
  if (open->sequential) chip_aborts("esp_ota_write_with_offset(): the handle is sequential");
  const EspErr err = write_range(*open->partition, offset, data);
  if (err == EspErr::ok) open->wrote_size += static_cast<std::uint32_t>(data.size());
  return err;
}

EspErr EspOta::end(OtaHandle handle) {
  const Session* const open = session(handle);
  if (open == nullptr) return EspErr::not_found;
  const EspErr err = open->wrote_size == 0 ? EspErr::invalid_arg : check_content(*open);
  (void)abort(handle);
  return err;
}

EspErr EspOta::check_content(const Session& open) {
  const Partition& partition = *open.partition;
  bool sound = true;
  if (partition.type == PartitionType::app) {
    sound = verify(partition).has_value();
  } else if (partition.type == PartitionType::partition_table) {
    std::array<std::byte, format::kPartitionTableBytes> bytes;
    sound = flash_.read(partition.offset, bytes).has_value() &&
            format::parse_partition_table(bytes, flash_.size()).has_value();
  }
  return sound ? EspErr::ok : EspErr::ota_validate_failed;
}

EspErr EspOta::abort(OtaHandle handle) {
  const auto gone =
      std::erase_if(sessions_, [handle](const Session& s) { return s.handle == handle; });
  return gone != 0 ? EspErr::ok : EspErr::not_found;
}

}  // namespace updraft::sim

#include "sim/bootloader.hpp"

#include "sim/boot_trace.hpp"

namespace updraft::sim {

Bootloader::Bootloader(Flash& flash, Efuse& efuse, const BootConfig& config)
    : flash_(flash), efuse_(efuse), config_(config), reader_(flash, efuse) {}

BootReport Bootloader::boot() {
  report_ = {};
  initial_ = false;
  fuses_ = efuse_;
  report_.app = run();
  report_.secure_version = fuses_.secure_version();
  if (!config_.read_only) efuse_ = fuses_;
  return std::move(report_);
}

Result<BootedApp> Bootloader::run() {
  if (const Result<> table = read_table(); !table) {
    say(table.error().code == Code::flash ? "the flash does not answer"
                                          : "partition table: broken, the chip resets for ever");
    return std::unexpected(table.error());
  }
  const Result<int> selected = select();
  if (!selected) return std::unexpected(selected.error());
  report_.selected = *selected;
  if (!config_.test_pin) return load(*selected);
  say("the test pin is held: only the test app may boot");
  return load(kTestIndex);
}

Result<> Bootloader::read_table() {
  std::array<std::byte, format::kPartitionTableBytes> bytes;
  UPDRAFT_TRY(flash_.read(config_.table_offset, bytes));
  const Result<format::ParsedPartitionTable> parsed =
      format::parse_partition_table(bytes, flash_.size());
  if (!parsed) return std::unexpected(parsed.error());
  table_ = parsed->table;
  layout_ = BootLayout(table_);
  return {};
}

bool Bootloader::passes_anti_rollback(int index) {
  if (!anti_rollback()) return true;
  const format::Partition* app = layout_.app(index);
  if (app == nullptr) return false;
  const Result<format::AppDescriptor> description = reader_.description(*app);
  return description && fuses_.accepts(description->secure_version);
}

void Bootloader::raise_secure_version(int index) {
  const std::uint32_t before = fuses_.secure_version();
  const format::Partition* app = layout_.app(index);
  if (app == nullptr) return;
  const Result<format::AppDescriptor> description = reader_.description(*app);
  if (!description || fuses_.raise_secure_version(description->secure_version) != EspErr::ok)
    return;
  if (fuses_.secure_version() == before) return;
  say("eFuse counter raised from " + std::to_string(before) + " to " +
      std::to_string(fuses_.secure_version()));
}

// A record that cannot be written does not stop the bootloader; a flash without power does.
Result<> Bootloader::write_record(std::size_t i) {
  report_.writes.push_back({i, otadata_[i].seq, otadata_[i].state});
  if (config_.read_only) return {};
  const Result<> written = otadata_.write(flash_, i);
  if (written) return {};
  std::array<std::byte, 1> probe;
  if (flash_.read(layout_.otadata->offset, probe)) {
    say("record " + std::to_string(i) + ": could not be written, going on");
    return {};
  }
  say("the power went away while record " + std::to_string(i) + " was written");
  return written;
}

}  // namespace updraft::sim

#include "virtual_device/state_dir.hpp"

#include <fstream>
#include <stdexcept>
#include <system_error>

#include "host/files/flash_map.hpp"
#include "ports/linux/replace_file.hpp"
#include "virtual_device/provision.hpp"

namespace updraft::device {
namespace {

constexpr std::string_view kIdentity = "device.json", kWeakSectors = "weak-sectors";

std::string text_of(const std::vector<std::uint32_t>& sectors) {
  std::string text;
  for (const std::uint32_t sector : sectors) text += std::to_string(sector) + '\n';
  return text;
}

// A dump without device.json: the chip is the one that its first app was built for.
Identity guess_identity(Options options, Bytes flash) {
  const auto place = files::find_table(flash, options.table_offset);
  const auto parsed = format::parse_partition_table(
      flash.subspan(place && place->base == 0 ? place->offset : flash.size()),
      static_cast<std::uint32_t>(flash.size()));
  if (!parsed) throw Unusable("flash.bin holds no sound partition table");
  options.table_offset = place->offset;
  for (const format::Partition& partition : parsed->table.entries()) {
    if (partition.type != format::PartitionType::app) continue;
    const Bytes head = flash.subspan(partition.offset, format::kImageHeaderBytes);
    if (format::parse_image_header(head)) return make_identity(options, head);
  }
  throw Unusable("flash.bin holds no app image");
}

}  // namespace

StateDir::StateDir(const Options& options, std::optional<int> kept)
    : dir_(options.state), lock_(dir_, kept), fresh_(provide(options)), flash_(dir_ / "flash.bin") {
  if (!kept) {
    linux_port::remove_leftovers(dir_);
    flash_.allocate();
  }
  saved_[std::string(kWeakSectors)] = text_of(weak_sectors());
  const std::filesystem::path file = dir_ / kIdentity;
  if (std::filesystem::exists(file)) {
    identity_ = load_identity(file);
    saved_[std::string(kIdentity)] = device::text_of(identity_);
    if (identity_.id.empty()) {  // of a release without ids
      identity_.id = make_id();
      (void)save_identity();
    }
  } else {
    identity_ = guess_identity(options, flash_.bytes());
    (void)save_identity();
  }
  if (!options.chip.empty() && options.chip != identity_.efuse.chip->name) {
    throw Unusable(dir_.string() + " is an " + std::string(identity_.efuse.chip->name) +
                   "; --chip only says what a new device shall be");
  }
}

// The flash is written last: a device exists when its flash does.
bool StateDir::provide(const Options& options) {
  std::error_code unreadable;
  if (std::filesystem::exists(options.state / "flash.bin", unreadable)) return false;
  const std::vector<std::byte> firmware = first_firmware(options);
  const Identity identity = make_identity(options, firmware);
  const std::vector<std::byte> flash = make_flash(options, identity, firmware);
  linux_port::replace_file(options.state / kIdentity, as_bytes(device::text_of(identity)));
  linux_port::replace_file(options.state / "flash.bin", flash);
  return true;
}

bool StateDir::save_identity() { return save(kIdentity, device::text_of(identity_)); }

bool StateDir::save(std::string_view name, const std::string& text) {
  const auto before = saved_.find(name);
  if (before != saved_.end() && before->second == text) return true;
  try {
    linux_port::replace_file(dir_ / name, as_bytes(text));
  } catch (const std::system_error&) {
    return false;
  }
  saved_[std::string(name)] = text;
  return true;
}

std::vector<std::uint32_t> StateDir::weak_sectors() const {
  std::vector<std::uint32_t> sectors;
  std::ifstream in(dir_ / kWeakSectors);
  for (std::uint32_t sector = 0; in >> sector;) sectors.push_back(sector);
  return sectors;
}

bool StateDir::save_weak_sectors(const std::vector<std::uint32_t>& sectors) {
  if (!sectors.empty()) return save(kWeakSectors, text_of(sectors));
  saved_.erase(std::string(kWeakSectors));
  std::error_code error;
  std::filesystem::remove(dir_ / kWeakSectors, error);
  return !error;
}

}  // namespace updraft::device

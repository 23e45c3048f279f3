#include "virtual_device/state_dir.hpp"

#include <fstream>
#include <stdexcept>

#include "virtual_device/provision.hpp"

namespace updraft::device {
namespace {

void write_whole(const std::filesystem::path& file, Bytes bytes) {
  const std::filesystem::path beside = file.string() + ".new";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error(beside.string() + ": cannot be written");
  }
  std::filesystem::rename(beside, file);
}

// A dump without device.json: the chip is the one that its first app was built for.
Identity guess_identity(const Options& options, Bytes flash) {
  const auto parsed = format::parse_partition_table(
      flash.subspan(std::min<std::size_t>(flash.size(), format::kPartitionTableOffset)),
      static_cast<std::uint32_t>(flash.size()));
  if (!parsed) throw Unusable("flash.bin holds no partition table at 0x8000");
  for (const format::Partition& partition : parsed->table.entries()) {
    if (partition.type != format::PartitionType::app) continue;
    const Bytes head = flash.subspan(partition.offset, format::kImageHeaderBytes);
    if (format::parse_image_header(head)) return make_identity(options, head);
  }
  throw Unusable("flash.bin holds no app image");
}

}  // namespace

StateDir::StateDir(const Options& options)
    : dir_(options.state), fresh_(provide(options)), flash_(dir_ / "flash.bin") {
  const std::filesystem::path file = dir_ / "device.json";
  if (std::filesystem::exists(file)) {
    identity_ = load_identity(file);
  } else {
    identity_ = guess_identity(options, flash_.bytes());
    save_identity();
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
  std::error_code error;
  std::filesystem::create_directories(options.state, error);
  if (error)
    throw std::runtime_error("cannot make " + options.state.string() + ": " + error.message());
  device::save_identity(options.state / "device.json", identity);
  write_whole(options.state / "flash.bin", flash);
  return true;
}

void StateDir::save_identity() { device::save_identity(dir_ / "device.json", identity_); }

std::vector<std::uint32_t> StateDir::weak_sectors() const {
  std::vector<std::uint32_t> sectors;
  std::ifstream in(dir_ / "weak-sectors");
  for (std::uint32_t sector = 0; in >> sector;) sectors.push_back(sector);
  return sectors;
}

void StateDir::save_weak_sectors(const std::vector<std::uint32_t>& sectors) const {
  const std::filesystem::path file = dir_ / "weak-sectors";
  if (sectors.empty()) {
    std::filesystem::remove(file);
    return;
  }
  std::ofstream out(file, std::ios::trunc);
  for (const std::uint32_t sector : sectors) out << sector << '\n';
}

}  // namespace updraft::device

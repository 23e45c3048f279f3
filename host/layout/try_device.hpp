// A device in memory with a given partition table, to be cut off: what `updraft flash plan --try`
// runs. Its apps are the library itself with demo images, so it does what a device of this table
// does.
//
//   const Tally tally = cut_everywhere(table, {}, update_story(table));
//   tally.dead != 0: there are cuts after which nothing boots
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "updraft/policy.hpp"

#include "engine/format/partition_table.hpp"
#include "sim/device.hpp"
#include "sim/nor_flash.hpp"

namespace updraft::layout {

struct TryOptions {
  const format::Chip* chip = format::find_chip("esp32c3");
  std::uint32_t table_offset = format::kPartitionTableOffset;
  std::size_t image_bytes = 48 * 1024;  // of the images that are sent
  std::uint64_t step = 1;               // cuts at every so many operations
};

class TryDevice {
 public:
  // Runs "1.0.0", confirmed; where there is a rescue app, that is "rescue". Throws
  // std::runtime_error: nothing of this table boots.
  TryDevice(const format::PartitionTable& table, const TryOptions& options);

  void restore();  // as the constructor left it, and switched on
  void cut(std::uint64_t operation, sim::Cut how);
  bool was_cut() const { return !flash_->powered(); }
  bool power_on();        // false: nothing boots
  std::string running();  // version; empty: nothing
  // Sends an image of that version to the updater; "ok", or the code of what went wrong.
  std::string push(const std::string& version);
  bool leave();  // makes the factory app the choice, where only that can take an update
  void confirm();
  sim::Device& device() { return *device_; }
  MutableBytes cells() { return cells_; }
  sim::NorFlash& flash() { return *flash_; }
  const std::vector<std::byte>& image_of(const std::string& version);
  // What the story does now: where a device dies is told by it.
  std::string stage;

 private:
  class Quiet final : public Observer {};

  void make_device();
  void put(const format::Partition& app, const std::string& version);

  format::PartitionTable table_;
  TryOptions options_;
  std::vector<std::byte> cells_, initial_;
  std::map<std::string, std::vector<std::byte>> images_;
  sim::Efuse efuse_;
  sim::VirtualClock clock_;
  Policy policy_;
  Quiet quiet_;
  std::optional<sim::NorFlash> flash_;
  std::optional<sim::Device> device_;
  std::uint64_t seed_ = 1;
};

// From any state of a device that is switched on to its end; returns early when the power goes
// away.
struct Story {
  std::function<void(TryDevice&)> tell;
  std::string ends_with;  // the version that runs then
};

// What a device of this table does when an update comes: sent again as long as it says so; it is
// confirmed, and one that fails its trial is followed by another.
Story update_story();

struct Tally {
  std::uint64_t cuts = 0, finished = 0;
  std::uint64_t dead = 0;   // nothing boots
  std::uint64_t stuck = 0;  // something boots, and the story does not come to its end
  std::map<std::string, std::uint64_t> where;  // dead and stuck ones, by the stage of the cut
};

// The power goes away at every operation, in each of the 4 kinds; all of them are counted.
Tally cut_everywhere(const format::PartitionTable& table, const TryOptions& options,
                     const Story& story);

// "4,812 cuts: 4,806 boot and finish, 6 dead, all in "commit""
std::string tally_text(const Tally& tally);

}  // namespace updraft::layout

#include "host/layout/try_device.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/format/otadata.hpp"
#include "host/layout/rules.hpp"
#include "sim/demo_image.hpp"

namespace updraft::layout {
namespace {

using format::Partition;
using format::PartitionType;

constexpr std::size_t kSegment = 1460;  // what a TCP segment carries
constexpr const char* kFirst = "1.0.0";
constexpr const char* kBad = "2.0.0";
constexpr const char* kNext = "3.0.0";
constexpr const char* kRescue = "rescue";

std::string word(const Result<>& outcome) {
  return outcome ? "ok" : std::string(updraft::name(outcome.error().code));
}

}  // namespace

TryDevice::TryDevice(const format::PartitionTable& table, const TryOptions& options)
    : table_(table),
      options_(options),
      cells_(static_cast<std::size_t>(std::bit_ceil(end_of(table))), std::byte{0xFF}),
      efuse_(sim::usual_efuse(*options.chip)) {
  for (const Protocol* const row : kProtocols) policy_.allow_unsigned(*row);
  std::array<std::byte, format::kPartitionTableBytes> binary;
  (void)format::write_partition_table(table_.entries(), binary);
  std::ranges::copy(binary, cells_.begin() + options.table_offset);
  const Partition* const factory = table_.find(PartitionType::app, format::kAppFactory);
  const Partition* const slot = table_.ota_slot(0);
  if (factory != nullptr) put(*factory, slot != nullptr ? kRescue : kFirst);
  if (slot != nullptr) put(*slot, kFirst);
  const Partition* const otadata = table_.find(PartitionType::data, format::kDataOta);
  if (slot != nullptr && otadata != nullptr) {
    std::ranges::copy(format::make_ota_record(1, format::OtaState::valid),
                      cells_.begin() + otadata->offset);
  }
  initial_ = cells_;
  restore();
  if (!device_->runs()) throw std::runtime_error("nothing boots from this table");
  initial_ = cells_;
}

void TryDevice::put(const Partition& app, const std::string& version) {
  const std::vector<std::byte>& image = image_of(version);
  if (image.size() > app.size) {
    throw std::runtime_error(fmt::format("{} is too small for an app", app.label.view()));
  }
  std::ranges::copy(image, cells_.begin() + app.offset);
}

const std::vector<std::byte>& TryDevice::image_of(const std::string& version) {
  std::vector<std::byte>& image = images_[version];
  if (!image.empty()) return image;
  sim::DemoImage demo;
  demo.chip = options_.chip;
  demo.version = version;
  demo.size = options_.image_bytes;
  demo.seed = static_cast<std::uint8_t>(version.front());
  return image = sim::make_image(demo);
}

void TryDevice::make_device() {
  device_.emplace(*flash_, efuse_, sim::BootBuild::rollback, policy_, quiet_, nullptr,
                  options_.table_offset);
}

void TryDevice::restore() {
  device_.reset();
  std::ranges::copy(initial_, cells_.begin());
  flash_.emplace(cells_, clock_, sim::NorConfig{.seed = seed_++});
  make_device();
  (void)power_on();
}

void TryDevice::cut(std::uint64_t operation, sim::Cut how) { flash_->cut_power_at(operation, how); }

bool TryDevice::power_on() {
  const StartedBy cause = was_cut() ? StartedBy::power : StartedBy::reset;
  if (was_cut()) flash_->power_on();
  device_->power_on();
  if (!device_->runs()) return false;
  const auto how = cause == StartedBy::power ? RescueBoot::Cause::power : RescueBoot::Cause::other;
  if (device_->prepare(how).restarts) device_->power_on();
  if (device_->runs()) device_->start(cause);
  return device_->runs();
}

std::string TryDevice::running() {
  return device_->runs() ? std::string(device_->app().image.app.version.view()) : "";
}

std::string TryDevice::push(const std::string& version) {
  const Bytes image = image_of(version);
  Updater& updater = device_->updater();
  Result<> outcome = updater.begin({.scheme = kRaw, .size = image.size()});
  for (Bytes rest = image; outcome && !rest.empty();) {
    const Bytes piece = at_most(rest, kSegment);
    outcome = updater.write(piece);
    rest = rest.subspan(piece.size());
  }
  if (outcome) outcome = outcome_of(updater.finish());
  return word(outcome);
}

bool TryDevice::leave() {
  const std::optional<Slot> factory = device_->boot_control().factory();
  return factory && device_->updater().restart_into(factory->label.view()).has_value();
}

void TryDevice::confirm() {
  if (device_->updater().pending()) (void)device_->updater().confirm();
}

namespace {

// As `push` does it: again while the device changes into its rescue app.
bool bring(TryDevice& device, const std::string& version) {
  for (int round = 0; round < 5; ++round) {
    if (device.running() == version) return true;
    device.stage = "receiving";
    const std::string said = device.push(version);
    if (device.was_cut()) return false;
    const bool hands_over = said == "rescue_first" || (said == "no_other_image" && device.leave());
    if (device.was_cut()) return false;
    device.stage = hands_over ? "into the rescue app" : "the first start";
    if (!device.power_on() || device.was_cut()) return false;
    if (said != "ok" && !hands_over) return false;
  }
  return false;
}

void tell_updates(TryDevice& device) {
  if (device.running() == kFirst || device.running() == kRescue) {
    // The second one is not confirmed: the restart ends its trial. After a cut in it the next may
    // come at once.
    if (bring(device, kBad)) {
      device.stage = "the end of a trial";
      if (!device.power_on()) return;
    }
    if (device.was_cut()) return;
  } else if (device.running() == kBad && !device.power_on()) {
    return;
  }
  if (!bring(device, kNext)) return;
  device.stage = "confirming";
  device.confirm();
}

}  // namespace

Story update_story() { return {tell_updates, kNext}; }

Tally cut_everywhere(const format::PartitionTable& table, const TryOptions& options,
                     const Story& story) {
  TryDevice device(table, options);
  Tally tally;
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = 0;; at += options.step) {
      device.restore();
      device.cut(at, how);
      story.tell(device);
      if (!device.was_cut()) break;  // the story ended before it
      ++tally.cuts;
      const std::string stage = device.stage;
      const bool boots = device.power_on();
      if (boots) story.tell(device);
      const bool ends = boots && device.power_on() && device.running() == story.ends_with;
      ++(ends ? tally.finished : boots ? tally.stuck : tally.dead);
      if (!ends) ++tally.where[stage];
    }
  }
  return tally;
}

std::string tally_text(const Tally& tally) {
  std::string text = fmt::format(fmt::runtime("{} cuts: {} boot and finish, {} dead"), tally.cuts,
                                 tally.finished, tally.dead);
  if (tally.stuck != 0) text += fmt::format(", {} do not finish", tally.stuck);
  if (tally.where.size() == 1)
    return text + fmt::format(", all in \"{}\"", tally.where.begin()->first);
  for (const auto& [stage, count] : tally.where)
    text += fmt::format(", {} in \"{}\"", count, stage);
  return text;
}

}  // namespace updraft::layout

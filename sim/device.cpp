#include "sim/device.hpp"

#include <algorithm>

#include "engine/format/image_in_flash.hpp"
#include "engine/pipeline/esp_patch_stage.hpp"
#include "engine/pipeline/patch_stage.hpp"
#include "engine/rescue/rescue_update.hpp"
#include "engine/update/esp_boot_control.hpp"
#include "sim/ota_calls.hpp"

namespace updraft::sim {

struct Device::App {
  App(Device& device, const format::PartitionTable& partitions, const format::Partition& booted)
      : table(partitions),
        ota(device.flash_, table, device.efuse_, device.build_, running(booted)),
        ota_calls(device.flash_, table, ota, device.efuse_, device.build_),
        esp_boot(ota_calls),
        policy(device.policy_) {
    const format::Partition* const own = table.find(kJournalPartition);
    const bool remembers = own != nullptr && own->size >= 2 * kFlashSector;
    const std::uint32_t rescue_bytes = remembers ? add_rescue(device, *own) : 0;
    boot.emplace(ota_calls, esp_boot, rescue_memory ? &*rescue_memory : nullptr,
                 RescueBoot::Rules{.anti_rollback = device.build_ == BootBuild::anti_rollback});
    rescue_update.emplace(*boot, esp_boot, rescue_memory ? &*rescue_memory : nullptr,
                          device.takes_unsigned_rescue_);
    if (remembers) {
      const std::uint32_t kept = add_signing(device, *own, rescue_bytes);
      memory.emplace(journal_flash.emplace(device.flash_, own->offset, own->size - kept));
      add_parts(device, *own, own->size - kept);
    }
    policy.signing = signing ? &*signing : nullptr;
    if (device.keys_ != nullptr && device.keys_->any()) unseal.emplace(*device.keys_);
    BootControl* chosen_by = &*boot;
    if (parts) chosen_by = &parts->bind(*boot, *memory, policy.max_block);
    const Stages stages{.inflaters = inflaters,
                        .unseal = unseal ? &*unseal : nullptr,
                        .patch = boot->hands_over() ? nullptr : &patch,
                        .esp_patch = boot->hands_over() ? nullptr : &esp_patch};
    updater.emplace(*chosen_by, memory ? &*memory : nullptr, policy, device.observer_, stages);
    if (parts) parts->serve(*updater, policy, stages).rescue().serve(*rescue_update);
    if (parts && signing) signing->bring_data(parts->of_packages());
  }

  // Behind the ledgers, where there is room.
  void add_parts(Device& device, const format::Partition& own, std::uint32_t end) {
    const std::uint32_t at = note_bytes();
    if (end < at + parts::kBindingSectors * kFlashSector) return;
    PartSetup setup = device.part_setup_;
    setup.one_slot = boot->one_slot();
    parts.emplace(device.flash_, table, own, at, end, setup);
  }

  // Of journal and ledgers.
  std::uint32_t note_bytes() const {
    std::uint32_t used = kJournalSectors * kFlashSector;
    for (const format::Partition& slot : table.entries()) {
      const bool is_app = slot.type == format::PartitionType::app;
      if (!is_app || slot.subtype == format::kAppFactory) continue;
      used += 2 * pipeline::ledger_sectors(slot.size) * kFlashSector;
    }
    return used;
  }

  // In front of the place of what is remembered for signed updates, whether or not that is used;
  // where ledgers would reach it, only if there is a rescue app. Returns the bytes that are taken.
  std::uint32_t add_rescue(Device& device, const format::Partition& own) {
    constexpr std::uint32_t kBytes = kRescueSectors * kFlashSector;
    constexpr std::uint32_t kSigningBytes = kSigningSectors * kFlashSector;
    const format::Partition* const app =
        table.find(format::PartitionType::app, format::kAppFactory);
    const bool needed = app != nullptr && app->label.view() == kRescueLabel;
    const std::uint32_t used = needed ? kJournalSectors * kFlashSector : note_bytes();
    if (own.size < used + kBytes + kSigningBytes) return 0;
    const std::uint32_t at = own.offset + own.size - kSigningBytes - kBytes;
    rescue_memory.emplace(rescue_flash.emplace(device.flash_, at, kBytes));
    return kBytes;
  }

  // In the last sectors of the partition. Where ledgers would reach them, only if there is a KeySet
  // to be held: then the last slot has no ledger. Returns the bytes that are taken at the end.
  std::uint32_t add_signing(Device& device, const format::Partition& own,
                            std::uint32_t rescue_bytes) {
    constexpr std::uint32_t kBytes = kSigningSectors * kFlashSector;
    if (own.size < kJournalSectors * kFlashSector + kBytes) return 0;
    const std::uint32_t used = note_bytes() + rescue_bytes;
    signing_flash.emplace(device.flash_, own.offset + own.size - kBytes, kBytes);
    signing.emplace(*boot, *signing_flash, room,
                    SignedProduct{device.trusted_.vendor, device.trusted_.class_id},
                    device.observer_);
    (void)signing->open(device.trusted_.key_set);
    if (own.size < used + kBytes && signing->stand() == Stand::open) signing.reset();
    return signing || rescue_bytes != 0 ? kBytes + rescue_bytes : 0;
  }

  const format::Partition& running(const format::Partition& booted) const {
    for (const format::Partition& entry : table.entries()) {
      if (entry == booted) return entry;
    }
    return table.entries().front();
  }

  format::PartitionTable table;
  EspOta ota;
  ModelOtaCalls ota_calls;
  EspBootControl esp_boot;
  std::optional<FlashWindow> rescue_flash;
  std::optional<RescueMemory> rescue_memory;
  std::optional<RescueBoot> boot;
  std::optional<RescueUpdate> rescue_update;
  std::optional<FlashWindow> journal_flash;
  std::optional<UpdateMemory> memory;
  SigningRoom room;
  std::optional<FlashWindow> signing_flash;
  std::optional<SignedUpdates> signing;
  Policy policy;
  std::array<pipeline::InflateStage, kMaxWrappers> inflaters;
  std::optional<pipeline::UnsealStage> unseal;
  pipeline::PatchStage patch;
  pipeline::EspPatchStage esp_patch;
  std::optional<DeviceParts> parts;
  std::optional<Updater> updater;
};

Device::Device(Flash& flash, Efuse& efuse, BootBuild build, const Policy& policy,
               Observer& observer, format::SealedKeys* keys, std::uint32_t table_offset,
               const Trusted& trusted)
    : flash_(flash),
      efuse_(efuse),
      build_(build),
      policy_(policy),
      observer_(observer),
      keys_(keys),
      table_offset_(table_offset),
      trusted_(trusted) {}

const Trusted Device::kNothingTrusted;

Device::~Device() = default;

const BootReport& Device::power_on() {
  power_off();
  report_ = Bootloader(flash_, efuse_, {.build = build_, .table_offset = table_offset_}).boot();
  if (!report_.app) return report_;
  std::array<std::byte, format::kPartitionTableBytes> bytes;
  if (!flash_.read(table_offset_, bytes)) return report_;
  const auto parsed = format::parse_partition_table(bytes, flash_.size());
  if (!parsed) return report_;
  if (!parsed->has_md5) {  // the bootloader does not ask for it, an app of ESP-IDF does
    report_.trace.emplace_back(
        "partition table: no MD5, so the app finds no partitions and resets");
    report_.app = fail(Code::malformed, Where::table);
    return report_;
  }
  app_ = std::make_unique<App>(*this, parsed->table, report_.app->partition);
  return report_;
}

void Device::power_off() { app_.reset(); }

SignedUpdates* Device::signing() { return app_->signing ? &*app_->signing : nullptr; }
const Policy& Device::policy() const { return app_->policy; }

Updater& Device::updater() { return *app_->updater; }
RescueBoot& Device::rescue() { return *app_->boot; }

parts::PartUpdater* Device::parts() { return app_->parts ? &app_->parts->updater() : nullptr; }

Intake& Device::intake() {
  if (app_->parts) return app_->parts->updater();
  return *app_->updater;
}

Steering& Device::steering() {
  if (app_->parts) return app_->parts->updater();
  return *app_->updater;
}

void Device::start(StartedBy cause) {
  (void)updater().start(cause);
  if (!app_->parts) return;
  (void)app_->parts->updater().prepare();
  (void)app_->parts->updater().keeper().hand_back();
}

std::optional<format::ImageInfo> Device::other_image() {
  const auto apps = std::ranges::count(app_->table.entries(), format::PartitionType::app,
                                       &format::Partition::type);
  Result<Slot> other = app_->boot->update_slot();
  if (app_->boot->hands_over()) other = *app_->boot->rescue();  // where a trial that fails ends
  if (apps != 2 || !other) return std::nullopt;
  format::ImageVerifier verifier;
  std::array<std::byte, kFlashSector> scratch;
  const Result<format::ImageInfo> image = format::verify_image(
      app_->boot->flash(*other), {.capacity = app_->boot->flash(*other).size()}, verifier, scratch);
  if (!image) return std::nullopt;
  return *image;
}

std::uint32_t Device::update_slot_bytes() {
  const Result<Slot> slot = app_->boot->update_slot();
  return slot ? app_->boot->flash(*slot).size() : 0;
}

// A package may bring an app and data in one.
std::uint64_t Device::most_data_bytes() {
  std::uint64_t most = update_payload_bytes(), together = most;
  if (!app_->parts) return most;
  for (const parts::Part& part : app_->parts->updater().parts()) {
    most = std::max<std::uint64_t>(most, part.size() + app_->updater->overhead());
    together += part.size();
  }
  const std::uint32_t rescue = app_->parts->updater().rescue_room();
  if (rescue != 0) most = std::max<std::uint64_t>(most, rescue + app_->updater->overhead());
  return takes_packages(app_->policy) ? std::max(together, most) : most;
}

std::uint64_t Device::update_payload_bytes() {
  return update_slot_bytes() + std::uint64_t{app_->updater->overhead()};
}

}  // namespace updraft::sim

#include "ports/esp_idf/data_parts.hpp"

#ifdef CONFIG_UPDRAFT_FILES
#include <algorithm>
#include <cstring>

#include "esp_idf_version.h"
#include "esp_log.h"
#include "ports/esp_idf/heap_lender.hpp"
#include "ports/esp_idf/literal.hpp"
#include "ports/esp_idf/once.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/service.hpp"
#include "updraft_files.h"

namespace updraft::esp_idf {
namespace {

std::atomic<DataParts*> prepared = nullptr;

// For the application: ends with NUL.
struct Label {
  explicit Label(std::string_view label) { std::ranges::copy(label, text); }
  char text[parts::kLabel + 1]{};
};

format::Partition entry_of(const esp_partition_t& partition) {
  bool readonly = false;
#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 2, 0)
  readonly = partition.readonly;
#endif
  return {.type = static_cast<format::PartitionType>(partition.type),
          .subtype = static_cast<std::uint8_t>(partition.subtype),
          .offset = partition.address,
          .size = partition.size,
          .label = Text<format::kPartitionLabelBytes>(std::string_view(partition.label)),
          .flags = readonly ? format::kPartitionReadonly : 0};
}

// "web,media" has "web".
bool has_word(const char* words, std::string_view word) {
  std::string_view rest = words != nullptr ? words : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    if (rest.substr(0, end) == word) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

// Of journal and the ledgers of the slots, in the partition "updraft".
std::uint32_t note_bytes(OtaCalls& calls) {
  std::uint32_t used = kJournalSectors * kFlashSector;
  for (std::uint32_t i = 0; i < calls.slots(); ++i) {
    const Slot slot = calls.slot(static_cast<std::int8_t>(i));
    used += 2 * pipeline::ledger_sectors(calls.flash(slot).size()) * kFlashSector;
  }
  return used;
}

}  // namespace

DataParts* prepared_parts() { return prepared; }

esp_err_t DataParts::prepare() {
  list();
  if (!find_room()) {
    ESP_LOGW(kLogTag, "data partitions cannot be updated: the partition \"updraft\" is too small");
    for (std::size_t i = 0; i < list_.parts().size(); ++i) ready_[i] = true;
    return ESP_OK;
  }
  HeapLender memory;  // for a sector, where something is to be copied
  const auto writer =
      make_owned<pipeline::SlotWriter>(pipeline::SlotWriter::Memory{nullptr, &memory});
  if (writer == nullptr) return ESP_ERR_NO_MEM;
  pipeline::SlotLedger slots(*notes_, kJournalSectors);
  keeper_.emplace(parts::Holdings{.boot = boot_,
                                  .parts = list_.parts(),
                                  .store = *store_,
                                  .slots = &slots,
                                  .staging = list_.staging(),
                                  .ledgers = ledgers_ ? &*ledgers_ : nullptr},
                  static_cast<parts::PartEvents&>(*this));
  const Result<> started = keeper_->start(*writer);
  keeper_->use_ledger(nullptr);
  for (std::size_t i = 0; i < list_.parts().size(); ++i) look(i);
  return started ? ESP_OK : ESP_FAIL;
}

// In the order of the table, as ESP-IDF gives them.
void DataParts::list() {
  std::size_t used = 0;
  esp_partition_iterator_t at =
      esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr);
  for (; at != nullptr && used < flashes_.size(); at = esp_partition_next(at)) {
    const esp_partition_t& partition = *esp_partition_get(at);
    const bool app = partition.type == ESP_PARTITION_TYPE_APP;
    list_.add(entry_of(partition), app ? nullptr : &flashes_[used++].emplace(partition));
  }
  esp_partition_iterator_release(at);
  for (std::size_t i = 0; i < list_.parts().size(); ++i) {
    partitions_[i] = &static_cast<PartitionFlash&>(*list_.parts()[i].copies[0]).partition();
  }
}

// For the record of what belongs to what, behind the ledgers of the slots; then as many ledgers of
// the partitions as fit.
bool DataParts::find_room() {
  const esp_partition_t* const own = esp_partition_find_first(
      ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, kJournalPartition);
  if (own == nullptr || own->encrypted) return false;
  const std::uint32_t end = own->size - kept_at_end(own->size, takes_signed(), kHasRescue);
  const std::uint32_t at = note_bytes(calls_);
  const std::uint32_t behind = at + parts::kBindingSectors * kFlashSector;
  if (end < behind) return false;
  Flash& flash = own_.emplace(*own);
  notes_.emplace(flash, 0, at);
  store_.emplace(flash, at);
  if (behind < end) ledgers_.emplace(flash, behind, end - behind);
  return true;
}

void DataParts::look(std::size_t i) {
  const std::string_view label = list_.parts()[i].label.view();
  ready_[i] = keeper_->ready(label);
  partitions_[i] = &static_cast<PartitionFlash&>(*keeper_->partition(label)).partition();
}

std::size_t DataParts::index_of(std::string_view label) const {
  const std::span<const parts::Part> all = list_.parts();
  std::size_t i = 0;
  while (i < all.size() && all[i].label.view() != label) ++i;
  return i;
}

bool DataParts::ready(std::string_view label) const {
  const std::size_t i = index_of(label);
  return i < list_.parts().size() && ready_[i];
}

const esp_partition_t* DataParts::partition(std::string_view label) const {
  const std::size_t i = index_of(label);
  return i < list_.parts().size() ? partitions_[i].load() : nullptr;
}

bool DataParts::ask_now(std::string_view label) {
  const std::size_t i = index_of(label);
  if (i == list_.parts().size() || !keeper_) return false;
  now_[i] = true;
  return true;
}

std::string_view DataParts::asked_now() {
  for (std::size_t i = 0; i < list_.parts().size(); ++i) {
    if (now_[i].exchange(false)) return list_.parts()[i].label.view();
  }
  return {};
}

void DataParts::serve(const updraft_config_t& config, bool one_slot, MemoryStore& memory,
                      Reporter& reporter, Lock& lock) {
  config_ = config;
  reporter_ = &reporter;
  lock_ = &lock;
  if (!keeper_) return;
  if (memory.memory() != nullptr) keeper_->use_ledger(&memory.memory()->ledger());
  const bool all_in_place = one_slot && list_.staging() == nullptr;
  for (parts::Part& part : list_.parts()) {
    part.in_place = all_in_place || has_word(config.in_place, part.label.view());
    part.fs_autosize = has_word(config.fs_autosize, part.label.view());
  }
}

void DataParts::tell_states() {
  for (std::size_t i = 0; i < list_.parts().size(); ++i) {
    if (states_[i]) reporter_->on_part(list_.parts()[i].label.view(), name(*states_[i]));
    states_[i].reset();
  }
}

void DataParts::on_part(const parts::PartNews& news) {
  if (reporter_ != nullptr) return reporter_->on_part(news.label, name(news.state));
  const Label label(news.label);
  ESP_LOGI(kLogTag, "data of %s: %s", label.text, literal(name(news.state)));
  states_[index_of(news.label)] = news.state;
}

bool DataParts::may_write(std::string_view label) {
  if (config_.may_write == nullptr) return true;
  const Label text(label);
  const Unheld unheld(*lock_);
  return config_.may_write(text.text, config_.context);
}

// Without the other half nobody would take it back.
std::size_t DataParts::on_replacing(std::string_view label, std::uint32_t offset,
                                    MutableBytes room) {
  if (config_.on_replacing == nullptr || config_.on_replaced == nullptr) return 0;
  const Label text(label);
  const Unheld unheld(*lock_);
  return config_.on_replacing(text.text, offset, room.data(), room.size(), config_.context);
}

bool DataParts::on_replaced(std::string_view label, std::uint32_t offset, Bytes kept) {
  if (config_.on_replaced == nullptr) return false;
  const Label text(label);
  const Unheld unheld(*lock_);
  return config_.on_replaced(text.text, offset, kept.data(), kept.size(), config_.context);
}

bool DataParts::on_unmount(std::string_view label) {
  if (config_.on_unmount == nullptr) return false;
  const std::size_t i = index_of(label);
  const bool was_ready = ready_[i].exchange(false);
  const Label text(label);
  const Unheld unheld(*lock_);
  const bool yes = config_.on_unmount(text.text, config_.context);
  if (!yes) ready_[i] = was_ready;
  return yes;
}

void DataParts::on_mount(std::string_view label, bool complete) {
  const std::size_t i = index_of(label);
  ready_[i] = complete;
  if (list_.parts()[i].is_pair()) {
    partitions_[i] = &static_cast<PartitionFlash&>(*keeper_->partition(label)).partition();
  }
  if (config_.on_mount == nullptr) return;
  const Label text(label);
  const Unheld unheld(*lock_);
  config_.on_mount(text.text, complete, config_.context);
}

PartEngine::PartEngine(DataParts* parts, BootControl& boot) : boot_(boot), prepared_(parts) {
  if (parts == nullptr) {
    ESP_LOGW(kLogTag, "updraft_prepare() was not called: only the app can be updated");
  } else if (parts->keeper() != nullptr) {
    bound_.emplace(boot, *parts->keeper());
  }
}

Intake& PartEngine::serve(LeanUpdater& updater, const Policy& policy, const Stages& stages,
                          [[maybe_unused]] Trusted& trusted, RescueTarget* rescue) {
  if (!bound_) return updater;
  updater_.emplace(updater, *prepared_->keeper(), *bound_, policy, stages);
  if (rescue != nullptr) updater_->rescue().serve(*rescue);
  text_.emplace(*updater_);
#ifdef CONFIG_UPDRAFT_TAKE_SIGNED
  if (trusted.verifies()) {
    parts::SignedData& data = of_packages_.emplace(*updater_, updater, policy);
    updater_->take_packages(data);
    trusted.bring_data(data);
  }
#endif
  return *updater_;
}

// Where an update is on its way it is tried again with the next turn.
bool PartEngine::bring_asked() {
  if (!updater_) return false;
  const std::string_view label = prepared_->asked_now();
  if (label.empty()) return false;
  const Result<bool> brought = updater_->bring_now(label);
  if (!brought && brought.error().code == Code::busy) (void)prepared_->ask_now(label);
  return brought && *brought;
}

std::uint32_t PartEngine::largest() const {
  std::uint32_t most = 0;
  if (!updater_) return most;
  for (const parts::Part& part : updater_->parts()) {
    if (part.target) most = std::max(most, part.size());
  }
  most = std::max(most, updater_->rescue_room());
  return most;
}

}  // namespace updraft::esp_idf

extern "C" {

esp_err_t updraft_prepare(void) {
  using namespace updraft::esp_idf;
  static Once once;
  if (!once.take()) return ESP_ERR_INVALID_STATE;
  auto mine = make_owned<DataParts>();
  if (mine == nullptr) return ESP_ERR_NO_MEM;
  const esp_err_t err = mine->prepare();
  if (err != ESP_ERR_NO_MEM) prepared = mine.release();
  return err;
}

bool updraft_part_ready(const char* label) {
  const updraft::esp_idf::DataParts* const parts = updraft::esp_idf::prepared_parts();
  return parts != nullptr && label != nullptr && parts->ready(label);
}

esp_err_t updraft_part_now(const char* label) {
  using namespace updraft::esp_idf;
  DataParts* const parts = prepared_parts();
  if (parts == nullptr || started_service() == nullptr) return ESP_ERR_INVALID_STATE;
  return label != nullptr && parts->ask_now(label) ? ESP_OK : ESP_ERR_INVALID_ARG;
}

const esp_partition_t* updraft_partition(const char* label) {
  const updraft::esp_idf::DataParts* const parts = updraft::esp_idf::prepared_parts();
  return parts != nullptr && label != nullptr ? parts->partition(label) : nullptr;
}

}  // extern "C"
#endif

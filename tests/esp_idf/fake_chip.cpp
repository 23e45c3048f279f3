#include "tests/esp_idf/fake_chip.hpp"

#include <cstring>
#include <stdexcept>

#include "engine/format/partition_csv.hpp"

namespace updraft::esp_idf {
namespace {

FakeChip* the_chip = nullptr;

esp_partition_t view_of(const format::Partition& entry) {
  esp_partition_t view{};
  view.type = static_cast<esp_partition_type_t>(entry.type);
  view.subtype = static_cast<esp_partition_subtype_t>(entry.subtype);
  view.address = entry.offset;
  view.size = entry.size;
  view.erase_size = kFlashSector;
  const std::string label(entry.label.view());
  std::strncpy(view.label, label.c_str(), sizeof view.label - 1);
  view.encrypted = entry.encrypted();
  view.readonly = entry.readonly();
  return view;
}

}  // namespace

FakeChip& chip() { return *the_chip; }

Image make_image(const std::string& version, std::size_t size) {
  return sim::make_image(
      {.version = version, .size = size, .seed = static_cast<std::uint32_t>(version.back())});
}

FakeChip::FakeChip(const std::string& table_csv, const Image& first, sim::BootBuild build)
    : efuse(sim::usual_efuse(*format::find_chip("esp32c3"))),
      cells_(640 * 1024, std::byte{0xFF}),
      build_(build) {
  the_chip = this;
  const auto parsed = format::parse_partition_csv(table_csv);
  if (!parsed) throw std::runtime_error(std::string(parsed.error().why));
  for (const format::Partition& entry : parsed->entries()) {
    (void)table_.add(entry);
    partitions_.push_back(view_of(entry));
  }
  std::array<std::byte, format::kPartitionTableBytes> binary;
  (void)format::write_partition_table(table_.entries(), binary);
  std::ranges::copy(binary, cells_.begin() + format::kPartitionTableOffset);
  for (const format::Partition& entry : table_.entries()) {
    if (entry.type != format::PartitionType::app) continue;
    put(std::string(entry.label.view()), first);
    break;
  }
  initial_ = cells_;
  restore();
  (void)power_on();  // the first boot of a new device writes its first record
  initial_ = cells_;
}

FakeChip::~FakeChip() { the_chip = nullptr; }

void FakeChip::restore() {
  ota_.reset();
  cells_ = initial_;
  flash_.emplace(cells_, clock_, sim::NorConfig{.seed = seed_++});
}

bool FakeChip::power_on() {
  ota_.reset();
  if (!flash_->powered()) flash_->power_on();  // else it is a reset, and an armed cut stays armed
  restarted = false;
  pauses = 0;
  worked = longest_stretch = largest_erase = 0;
  report_ = sim::Bootloader(*flash_, efuse, {.build = build_}).boot();
  if (!report_.app || !flash_->powered()) return false;
  ota_ = std::make_unique<sim::EspOta>(*flash_, table_, efuse, build_, report_.app->partition);
  return true;
}

std::string FakeChip::running() const { return std::string(report_.app->image.app.version.view()); }

MutableBytes FakeChip::partition(const std::string& label) {
  const format::Partition* entry = table_.find(label);
  return MutableBytes(cells_).subspan(entry->offset, entry->size);
}

void FakeChip::put(const std::string& label, Bytes content) {
  const MutableBytes place = partition(label);
  std::ranges::fill(place, std::byte{0xFF});
  std::ranges::copy(content, place.begin());
}

format::OtaRecord FakeChip::record(std::size_t i) {
  return format::parse_ota_record(Bytes(partition("otadata")).subspan(i * kFlashSector, 32));
}

void FakeChip::put_record(std::size_t i, std::uint32_t seq, OtaState state) {
  const MutableBytes sector = partition("otadata").subspan(i * kFlashSector, kFlashSector);
  std::ranges::fill(sector, std::byte{0xFF});
  std::ranges::copy(format::make_ota_record(seq, state), sector.begin());
}

const esp_partition_t* FakeChip::partition_of(const format::Partition* entry) {
  for (const esp_partition_t& one : partitions_) {
    if (entry != nullptr && one.address == entry->offset) return &one;
  }
  return nullptr;
}

const format::Partition* FakeChip::entry_of(const esp_partition_t* partition) {
  for (const format::Partition& entry : table_.entries()) {
    if (partition != nullptr && entry.offset == partition->address) return &entry;
  }
  return nullptr;
}

const esp_partition_t* FakeChip::find(int type, int subtype, const char* label) {
  for (const esp_partition_t& one : partitions_) {
    const bool fits = one.type == type &&
                      (subtype == ESP_PARTITION_SUBTYPE_ANY || one.subtype == subtype) &&
                      (label == nullptr || std::strcmp(one.label, label) == 0);
    if (fits) return &one;
  }
  return nullptr;
}

}  // namespace updraft::esp_idf

#include "tests/esp_idf/fake_chip.hpp"

#include <cstring>
#include <stdexcept>

#include "engine/format/partition_csv.hpp"

extern "C" char __start_rtc_noinit[], __stop_rtc_noinit[];  // of the linker

namespace updraft::esp_idf {
namespace {

FakeChip* the_chip = nullptr;

esp_partition_t view_of(const format::Partition& entry, bool encrypted) {
  esp_partition_t view{};
  view.type = static_cast<esp_partition_type_t>(entry.type);
  view.subtype = static_cast<esp_partition_subtype_t>(entry.subtype);
  view.address = entry.offset;
  view.size = entry.size;
  view.erase_size = kFlashSector;
  const std::string label(entry.label.view());
  std::strncpy(view.label, label.c_str(), sizeof view.label - 1);
  view.encrypted = encrypted && sim::EncryptedFlash::covers(entry);
  view.readonly = entry.readonly();
  return view;
}

void scramble_rtc_memory() {
  std::uint8_t noise = 0x5A;
  for (char* at = __start_rtc_noinit; at != __stop_rtc_noinit; ++at) {
    *at = static_cast<char>(noise);
    noise = static_cast<std::uint8_t>(noise * 5 + 1);
  }
}

}  // namespace

FakeChip& chip() { return *the_chip; }

Image make_image(const std::string& version, std::size_t size) {
  return sim::make_image(
      {.version = version, .size = size, .seed = static_cast<std::uint32_t>(version.back())});
}

FakeChip::FakeChip(const std::string& table_csv, const Image& first, sim::BootBuild build,
                   bool encrypted)
    : efuse(sim::usual_efuse(*format::find_chip("esp32c3"))),
      cells_(640 * 1024, std::byte{0xFF}),
      build_(build),
      encrypted_(encrypted) {
  the_chip = this;
  const auto parsed = format::parse_partition_csv(table_csv);
  if (!parsed) throw std::runtime_error(std::string(parsed.error().why));
  for (const format::Partition& entry : parsed->entries()) {
    (void)table_.add(entry);
    partitions_.push_back(view_of(entry, encrypted));
  }
  std::array<std::byte, format::kPartitionTableBytes> binary;
  (void)format::write_partition_table(table_.entries(), binary);
  std::ranges::copy(binary, cells_.begin() + format::kPartitionTableOffset);
  restore();
  if (encrypted) {  // as the first boot does it
    const std::uint32_t table = format::kPartitionTableOffset;
    cipher_->encrypt(table, MutableBytes(cells_).subspan(table, format::kPartitionTableSector));
    put("otadata", {});
  }
  for (const format::Partition& entry : table_.entries()) {
    if (entry.type != format::PartitionType::app) continue;
    put(std::string(entry.label.view()), first);
    break;
  }
  (void)power_on();  // the first boot of a new device writes its first record
  initial_ = cells_;
}

FakeChip::~FakeChip() {
  tasks.power_off();
  net.power_off();
  the_chip = nullptr;
}

void FakeChip::restore() {
  ota_.reset();
  if (!initial_.empty()) cells_ = initial_;
  flash_.emplace(cells_, clock_, sim::NorConfig{.seed = seed_++});
  if (encrypted_) cipher_.emplace(*flash_, table_);
}

bool FakeChip::power_on() {
  if (reset_reason == ESP_RST_POWERON) scramble_rtc_memory();
  begin_anew();
  if (!flash_->powered()) flash_->power_on();  // else it is a reset, and an armed cut stays armed
  report_ = sim::Bootloader(seen(), efuse, {.build = build_}).boot();
  if (!report_.app || !flash_->powered()) return false;
  ota_ = std::make_unique<sim::EspOta>(seen(), table_, efuse, build_, report_.app->partition);
  return true;
}

void FakeChip::sleep() {
  begin_anew();
  reset_reason = ESP_RST_DEEPSLEEP;
  ota_ = std::make_unique<sim::EspOta>(seen(), table_, efuse, build_, report_.app->partition);
}

// Nothing in RAM survives.
void FakeChip::begin_anew() {
  tasks.power_off();
  net.power_off();
  ota_.reset();
  restarted = false;
  pauses = 0;
  worked = longest_stretch = largest_erase = 0;
  microseconds = 0;
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
  if (cipher_) cipher_->encrypt(table_.find(label)->offset, place);
}

format::OtaRecord FakeChip::record(std::size_t i) {
  std::array<std::byte, format::kOtaRecordBytes> bytes;
  const auto place = static_cast<std::uint32_t>(i) * kFlashSector;
  (void)seen().read(table_.find("otadata")->offset + place, bytes);
  return format::parse_ota_record(bytes);
}

void FakeChip::put_record(std::size_t i, std::uint32_t seq, OtaState state) {
  const MutableBytes sector = partition("otadata").subspan(i * kFlashSector, kFlashSector);
  std::ranges::fill(sector, std::byte{0xFF});
  std::ranges::copy(format::make_ota_record(seq, state), sector.begin());
  const auto place = static_cast<std::uint32_t>(i) * kFlashSector;
  if (cipher_) cipher_->encrypt(table_.find("otadata")->offset + place, sector);
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

const esp_partition_t* FakeChip::partition_at(std::size_t i) {
  return i < partitions_.size() ? &partitions_[i] : nullptr;
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

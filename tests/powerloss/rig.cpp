#include "tests/powerloss/rig.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <stdexcept>

#include "engine/format/partition_csv.hpp"
#include "engine/update/test_send.hpp"
#include "protocols/control/control_device.hpp"
#include "protocols/control/control_host.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "protocols/req/req_client.hpp"
#include "protocols/req/req_server.hpp"
#include "protocols/ws/ws_channel.hpp"
#include "protocols/ws/ws_device.hpp"
#include "sim/demo_image.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft::powerloss {

namespace {
constexpr std::size_t kSegment = 1460;  // what a TCP segment carries

const Image& garbage_of(std::size_t size) {
  static Image garbage;
  garbage.assign(size, std::byte{0});
  return garbage;
}
}  // namespace

const Geometry kTwoSlots{"two_slots",
                         "otadata, data, ota,       0x9000,   0x2000\n"
                         "ota_0,   app,  ota_0,     0x10000,  192K\n"
                         "ota_1,   app,  ota_1,     0x40000,  192K\n"
                         "updraft, data, undefined, 0x70000,  0x6000\n",
                         true};
const Geometry kEncrypted{"encrypted", kTwoSlots.csv, true, kTwoSlots.flash_bytes, true};

const Geometry kSmall{"small",
                      "otadata, data, ota,       0x9000,   0x2000\n"
                      "ota_0,   app,  ota_0,     0x10000,  16K\n"
                      "ota_1,   app,  ota_1,     0x20000,  16K\n"
                      "updraft, data, undefined, 0x24000,  0x6000\n",
                      true, 0x2A000};
const Geometry kSmallEncrypted{"small_encrypted", kSmall.csv, true, kSmall.flash_bytes, true};

const Geometry kSigned{"signed",
                       "otadata, data, ota,       0x9000,   0x2000\n"
                       "ota_0,   app,  ota_0,     0x10000,  64K\n"
                       "ota_1,   app,  ota_1,     0x20000,  64K\n"
                       "updraft, data, undefined, 0x30000,  0x8000\n",
                       true, 0x38000};
const Geometry kSignedLarge{"signed_large",
                            "otadata, data, ota,       0x9000,   0x2000\n"
                            "ota_0,   app,  ota_0,     0x10000,  1280K\n"
                            "ota_1,   app,  ota_1,     0x150000, 1280K\n"
                            "updraft, data, undefined, 0x290000, 0x8000\n",
                            true, 0x298000};

const Geometry kBare{"bare",
                     "otadata, data, ota,   0x9000,  0x2000\n"
                     "ota_0,   app,  ota_0, 0x10000, 64K\n"
                     "ota_1,   app,  ota_1, 0x20000, 64K\n",
                     true, 0x30000};

const Geometry kSmallFactory{"small_factory",
                             "otadata, data, ota,     0x9000,  0x2000\n"
                             "factory, app,  factory, 0x10000, 16K\n"
                             "ota_0,   app,  ota_0,   0x20000, 16K\n"
                             "ota_1,   app,  ota_1,   0x30000, 16K\n",
                             false, 0x34000};

const Geometry kRescue{"rescue",
                       "otadata, data, ota,       0x9000,   0x2000\n"
                       "ota_0,   app,  ota_0,     0x10000,  16K\n"
                       "rescue,  app,  factory,   0x20000,  16K\n"
                       "updraft, data, undefined, 0x24000,  0x8000\n",
                       true, 0x2C000};
const Geometry kRescueEncrypted{"rescue_encrypted", kRescue.csv, true, kRescue.flash_bytes, true};
const Geometry kTwoAndRescue{"two_and_rescue",
                             "otadata, data, ota,       0x9000,   0x2000\n"
                             "ota_0,   app,  ota_0,     0x10000,  16K\n"
                             "ota_1,   app,  ota_1,     0x20000,  16K\n"
                             "rescue,  app,  factory,   0x30000,  16K\n"
                             "updraft, data, undefined, 0x34000,  0xA000\n",
                             true, 0x3E000};
const Geometry kRescue4M{"rescue_4m",
                         "nvs,     data, nvs,       0x9000,   0x5000\n"
                         "otadata, data, ota,       0xe000,   0x2000\n"
                         "ota_0,   app,  ota_0,     0x10000,  2880K\n"
                         "rescue,  app,  factory,   0x2E0000, 832K\n"
                         "fs,      data, littlefs,  0x3B0000, 256K\n"
                         "updraft, data, undefined, 0x3F0000, 64K\n",
                         true, 4 << 20};

const Geometry kFactoryAndThree{"factory_and_three",
                                "otadata, data, ota,     0x9000,  0x2000\n"
                                "factory, app,  factory, 0x10000, 128K\n"
                                "ota_0,   app,  ota_0,   0x30000, 128K\n"
                                "ota_1,   app,  ota_1,   0x50000, 128K\n"
                                "ota_2,   app,  ota_2,   0x70000, 128K\n",
                                false};

std::string name(Start start) {
  constexpr const char* kNames[] = {"fresh", "used", "given_up", "not_confirmed"};
  return kNames[static_cast<std::size_t>(start)];
}

Image make_image(const std::string& version, std::size_t size) {
  sim::DemoImage demo;
  demo.version = version;
  demo.size = size;
  demo.seed = static_cast<std::uint32_t>(version.back());
  return sim::make_image(demo);
}

Image seal(const Image& image, format::Seal scheme) { return golden::sealed(image, scheme); }

Rig::Rig(const Geometry& geometry, const Image& running, const Image* before, sim::Trusted trusted)
    : geometry_(geometry),
      cells_(geometry.flash_bytes, std::byte{0xFF}),
      efuse_(sim::usual_efuse(*format::find_chip("esp32c3"))),
      trusted_(std::move(trusted)) {
  golden::hold_keys(keys_);
  for (const Protocol* const row : kProtocols) policy_.allow_unsigned(*row);
  const auto table = format::parse_partition_csv(geometry.csv);
  if (!table) throw std::runtime_error(std::string(table.error().why));
  for (const format::Partition& entry : table->entries()) (void)table_.add(entry);
  std::array<std::byte, format::kPartitionTableBytes> binary;
  (void)format::write_partition_table(table_.entries(), binary);
  for (const format::Partition& partition : table_.entries()) {
    const bool is_app = partition.type == format::PartitionType::app;
    if (is_app && partition.subtype != format::kAppFactory) ++slots_;
  }
  std::copy(binary.begin(), binary.end(), cells_.begin() + format::kPartitionTableOffset);
  initial_ = cells_;
  restore();
  encrypt(format::kPartitionTableOffset, format::kPartitionTableSector);
  bool first = true;
  for (const format::Partition& partition : table_.entries()) {
    const bool app = partition.type == format::PartitionType::app;
    const Image* content = !app ? nullptr : first ? &running : before;
    first = first && !app;
    if (app && content == nullptr) continue;  // erased
    if (app) std::copy(content->begin(), content->end(), cells_.begin() + partition.offset);
    encrypt(partition.offset, partition.size);
  }
  power_on();  // the first boot of a new device writes its first record
  home_ = device_->app().index;
  initial_ = cells_;
}

Rig::Rig(const Geometry& geometry, const Image& running, Start start)
    : Rig(geometry, running, start == Start::used ? &garbage_of(running.size()) : nullptr) {
  if (start == Start::given_up || start == Start::not_confirmed) {
    roll_one_back(start == Start::given_up, running.size());
  }
}

namespace {
const Image& rescue_image() {
  static const Image image = make_image("rescue", 8 * 1024);
  return image;
}
}  // namespace

Rig::Rig(const Geometry& geometry, const Image& running, WithRescue)
    : Rig(geometry, running, &rescue_image()) {
  restore();
  if (!power_on() || !device_->boot_control().select({.index = 0}) || !power_on() ||
      !device_->updater().confirm()) {
    throw std::runtime_error("the first app does not run beside its rescue app");
  }
  home_ = 0;
  device_.reset();
  initial_ = cells_;
}

// The old image has settled the trial, as the first start after it does.
void Rig::roll_one_back(bool gives_up, std::size_t image_bytes) {
  restore();
  const std::string first = power_on() ? running() : "";
  if (push(make_image("6.6.6", image_bytes)) != "ok" || !power_on() || running() != "6.6.6") {
    throw std::runtime_error("the image to be rolled back does not run");
  }
  if (gives_up) (void)device_->updater().roll_back();
  if (!power_on() || running() != first) throw std::runtime_error("it was not rolled back");
  device_.reset();
  initial_ = cells_;
}

// As the first boot does it.
void Rig::encrypt(std::uint32_t offset, std::uint32_t size) {
  if (cipher_) cipher_->encrypt(offset, cells().subspan(offset, size));
}

void Rig::make_device() {
  if (geometry_.encrypted) cipher_.emplace(*flash_, table_);
  Flash& seen = geometry_.encrypted ? static_cast<Flash&>(*cipher_) : *flash_;
  device_.emplace(seen, efuse_, sim::BootBuild::rollback, policy_, quiet_, &keys_,
                  format::kPartitionTableOffset, trusted_);
}

void Rig::restore() {
  device_.reset();
  cells_ = initial_;
  flash_.emplace(cells_, clock_, sim::NorConfig{.blocks = geometry_.blocks, .seed = seed_++});
  make_device();
}

Rig::Snapshot Rig::save() {
  device_.reset();
  return {cells_, *flash_, efuse_};
}

void Rig::load(const Snapshot& snapshot) {
  device_.reset();
  std::copy(snapshot.cells.begin(), snapshot.cells.end(), cells_.begin());
  flash_.emplace(snapshot.flash);
  efuse_ = snapshot.efuse;
  make_device();
}

bool Rig::power_on_and_cut(std::uint64_t operation, sim::Cut how) {
  flash_->power_on();
  flash_->cut_power_at(operation, how);
  device_->power_on();
  if (!device_->runs()) return false;
  device_->start(StartedBy::power);
  return !was_cut();
}

bool Rig::runs_from_sound_cells() const {
  const sim::BootedApp& app = device_->app();
  const std::uint32_t first = app.partition.offset / kFlashSector;
  const std::uint32_t end =
      static_cast<std::uint32_t>(align_up(app.partition.offset + app.image.length, kFlashSector)) /
      kFlashSector;
  return std::ranges::none_of(flash_->weak_sectors(), [&](std::uint32_t sector) {
    return sector >= first && sector < end;
  });
}

std::uint64_t Rig::bytes_read_from_home() const {
  const auto is_app = [](const format::Partition& entry) {
    return entry.type == format::PartitionType::app;
  };
  const format::Partition& home = *std::ranges::find_if(table_.entries(), is_app);
  const auto read = std::span(flash_->stats().bytes_read_from_sector)
                        .subspan(home.offset / kFlashSector, home.size / kFlashSector);
  return std::accumulate(read.begin(), read.end(), std::uint64_t{0});
}

bool Rig::other_is_chosen() const {
  constexpr std::size_t kOtadata = 0x9000;  // of all geometries
  format::OtaRecords records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i] = format::parse_ota_record(
        Bytes(cells_).subspan(kOtadata + i * format::kOtaRecordSpacing, format::kOtaRecordBytes));
  }
  const auto newest = format::newest_usable(records);
  if (!newest) return false;
  const std::uint32_t chosen = format::slot_of(records[*newest].seq, slots_);
  return static_cast<int>(chosen) != home_;
}

void Rig::cut(std::uint64_t operation, sim::Cut how) { flash_->cut_power_at(operation, how); }

bool Rig::power_on() {
  const StartedBy on_its_own = device_->runs() ? StartedBy::reset : StartedBy::power;
  const StartedBy cause = was_cut() ? cut_cause_ : on_its_own;
  return start_app(cause,
                   cause == StartedBy::power ? RescueBoot::Cause::power : RescueBoot::Cause::other);
}

bool Rig::crash() { return start_app(StartedBy::reset, RescueBoot::Cause::crash); }

bool Rig::start_app(StartedBy cause, RescueBoot::Cause how) {
  if (was_cut()) flash_->power_on();  // a mere reset keeps an armed cut
  device_->power_on();
  if (!device_->runs()) return false;
  if (device_->prepare(how).restarts) return start_app(cause, RescueBoot::Cause::other);
  device_->start(cause);
  return true;
}

std::string Rig::running() {
  if (!device_->runs()) return "";
  return std::string(device_->app().image.app.version.view());
}

std::string Rig::push(Bytes payload, const link::LinkCipher* cipher) {
  std::optional<link::LinkDecryptor> decryptor;
  if (cipher != nullptr) decryptor.emplace(*cipher);
  link::RawReceiver receiver(device_->updater(), {.slot_size = device_->update_payload_bytes(),
                                                  .decryptor = decryptor ? &*decryptor : nullptr});
  receiver.on_connected(Instant{});
  for (Bytes rest = payload; !rest.empty() && receiver.outcome();) {
    const Bytes segment = rest.first(std::min(kSegment, rest.size()));
    receiver.on_bytes(segment, Instant{});
    receiver.on_waiting(Instant{});
    rest = rest.subspan(segment.size());
  }
  receiver.on_peer_done(Instant{});
  return word(receiver.outcome());
}

std::string Rig::control(Bytes payload, std::size_t most) {
  static std::vector<std::byte> memory(link::kControlFrameBytes), wire(link::kControlFrameBytes);
  link::ControlDevice device(device_->updater(), memory, {});
  link::ControlHost host;
  const auto answered = [&] {
    while (const std::size_t asked = host.write_to(wire)) {
      const std::size_t size = std::min(asked, most);
      most -= size;
      device.on_bytes(Bytes(wire).first(size), Instant{});
    }
    while (const std::size_t size = device.write_to(wire)) {
      host.on_bytes(Bytes(wire).first(size), Instant{});
    }
    host.on_deadline(Instant{link::kControlSlowMs});
    return host.answer().has_value();
  };
  host.begin({});
  bool sound = answered();
  for (Bytes rest = payload; sound && !rest.empty();) {
    const Bytes piece = rest.first(std::min(link::kControlChunk, rest.size()));
    host.write(piece, {});
    sound = answered();
    rest = rest.subspan(piece.size());
  }
  if (sound) host.end({});
  const bool done = sound && answered();
  device.on_waiting(Instant{});
  device.on_deadline(Instant{link::kControlIdleMs});  // nobody is there any more
  return done ? "ok" : word(host.answer());
}

std::string Rig::fetch(Bytes payload, std::size_t most) {
  link::MemorySource source(payload);
  link::ReqServer server(source);
  link::ReqClient client(device_->updater(), {.slot_size = device_->update_payload_bytes()});
  server.on_connected(Instant{});
  client.on_connected(Instant{});
  std::byte wire[link::kReqWireBytes];
  while (const std::size_t asked = client.write_to(wire)) {
    server.on_bytes(Bytes(wire).first(asked), Instant{});
    const std::size_t size = std::min(server.write_to(wire), most);
    client.on_bytes(Bytes(wire).first(size), Instant{});
    most -= size;
  }
  client.on_lost(Instant{});
  return word(client.outcome());
}

std::string Rig::talk_ws(const link::WsHost::Config& config, std::size_t most) {
  link::WsDevice device(device_->updater(), device_->updater());
  link::WsHost host(config);
  link::WsChannel there(device, link::WsSide::server);
  link::WsChannel here(host, link::WsSide::client,
                       [](MutableBytes out) { std::ranges::fill(out, std::byte{}); });
  Instant now{};
  there.on_connected(now);
  here.on_connected(now);
  std::array<std::byte, 8300> wire;  // a chunk and its head
  bool greeted = false;
  wire_bytes_ = 0;
  for (;;) {
    const std::size_t back = there.write_to(wire);
    if (back > 0) here.on_bytes(Bytes(wire).first(back), now);
    const std::size_t size = std::min(here.write_to(wire), most);
    if (size > 0) there.on_bytes(Bytes(wire).first(size), now);
    most -= size;
    wire_bytes_ += size;
    if (size > 0 || back > 0) continue;
    if (greeted || most == 0) break;
    greeted = true;  // nobody says that an image is on trial
    now += link::kWsGreetMs;
    here.on_deadline(now);
  }
  there.on_lost(now);
  if (!config.image.empty() && host.outcome() && !host.installed()) return "aborted";
  return word(host.installed() ? Result<>{} : host.outcome());
}

}  // namespace updraft::powerloss

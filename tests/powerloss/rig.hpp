// A simulated device for cut sweeps: a flash that can be put back to how it was, an app that takes
// updates over every protocol, and the check after every cut: what runs now?
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/format/sealed_keys.hpp"
#include "protocols/link/link_cipher.hpp"
#include "protocols/ws/ws_host.hpp"
#include "sim/device.hpp"
#include "sim/encrypted_flash.hpp"
#include "sim/nor_flash.hpp"

namespace updraft::powerloss {

using Image = std::vector<std::byte>;

Image make_image(const std::string& version, std::size_t size);
// In a pre-encrypted container that every device of a Rig opens.
Image seal(const Image& image, format::Seal scheme);

// The flash layout of a device. `blocks`: its flash can erase 64 KiB in one operation.
struct Geometry {
  const char* name;
  const char* csv;
  bool blocks;
  std::size_t flash_bytes = 640 * 1024;
  bool encrypted = false;  // the chip's flash encryption is on
};
extern const Geometry kTwoSlots;         // two slots, journal, block erases
extern const Geometry kEncrypted;        // as kTwoSlots, through flash encryption
extern const Geometry kSmall;            // as kTwoSlots, with slots of 16 KiB: for many cuts
extern const Geometry kSmallEncrypted;   // as kSmall, through flash encryption
extern const Geometry kSigned;           // as kTwoSlots, with room for a KeySet
extern const Geometry kSignedLarge;      // the same, with slots of 1280 KiB
extern const Geometry kBare;             // two slots and nothing else: no journal, no factory app
extern const Geometry kSmallFactory;     // factory app, two slots of 16 KiB, no journal
extern const Geometry kRescue;           // one slot of 16 KiB and a rescue app
extern const Geometry kRescueEncrypted;  // the same, through flash encryption
extern const Geometry kTwoAndRescue;     // two slots of 16 KiB and a rescue app
extern const Geometry kRescue4M;  // one slot of 2880 KiB and a rescue app, as products have it
extern const Geometry kFactoryAndThree;  // factory app, three slots, no journal, sector erases only

// What a device has been through when a story begins.
enum class Start : std::uint8_t {
  fresh,          // its other slots are blank
  used,           // they hold garbage
  given_up,       // an image was installed, ran, and gave itself up: its record says invalid
  not_confirmed,  // an image was installed, ran, and was reset before it was confirmed: aborted
};
inline constexpr Start kStarts[] = {Start::fresh, Start::used, Start::given_up,
                                    Start::not_confirmed};
std::string name(Start start);

class Rig {
 public:
  // A device whose first app is `running`, confirmed; its other slots are blank, or hold `before`.
  // `trusted`: what its apps bring for signed updates.
  Rig(const Geometry& geometry, const Image& running, const Image* before,
      sim::Trusted trusted = {});
  // The same, from any start; the image that was rolled back is as large as `running`.
  Rig(const Geometry& geometry, const Image& running, Start start);

  // A device with a rescue app: what runs first is in ota_0, confirmed. Its version is "rescue".
  struct WithRescue {};
  Rig(const Geometry& geometry, const Image& running, WithRescue);

  // From the next start on its apps bring this.
  void trust(sim::Trusted trusted) { trusted_ = std::move(trusted); }
  // Puts flash and eFuses back to how the constructor left them, power off.
  void restore();
  // Arms a cut at the n-th flash operation from now.
  void cut(std::uint64_t operation, sim::Cut how);
  bool was_cut() const { return !flash_->powered(); }
  // How it starts again after a cut: the power came back, or a watchdog had cut the work off.
  void comes_back_by(StartedBy cause) { cut_cause_ = cause; }
  // Another slot than that of the first app is the choice of otadata, as the flash is now.
  bool other_is_chosen() const;
  std::uint64_t operations() const { return flash_->operations(); }
  // From the slot of the first app, since the flash was made.
  std::uint64_t bytes_read_from_home() const;

  // All that survives the power, as it is now; the power goes off. load() brings it back.
  struct Snapshot {
    std::vector<std::byte> cells;
    sim::NorFlash flash;
    sim::Efuse efuse;
  };
  Snapshot save();
  void load(const Snapshot& snapshot);

  bool power_on();  // bootloader and start of the app; false: nothing boots
  bool crash();     // the same after a panic
  // After a cut, with the next one armed from the bootloader on. False: cut already, or no boot.
  bool power_on_and_cut(std::uint64_t operation, sim::Cut how);
  std::string running();  // version; empty: nothing
  // No cell of the slot that an update would leave is half erased: the one that runs now.
  bool runs_from_sound_cells() const;
  OtaState state() { return device_->app().state; }
  sim::Device& device() { return *device_; }
  MutableBytes cells() { return cells_; }

  // Sends `payload` over raw TCP in segments; "ok", or the code of what went wrong.
  std::string push(Bytes payload, const link::LinkCipher* cipher = nullptr);
  // The same over each protocol, whole.
  std::string send_raw(Bytes payload) { return push(payload); }
  std::string send_req(Bytes payload) { return fetch(payload); }
  std::string send_ws(Bytes payload);
  std::string send_bundle(Bytes payload) { return bundle(payload); }
  std::string send_http(Bytes payload) { return post(payload); }
  std::string send_form(Bytes payload);
  std::string send_elegant(Bytes payload);
  std::string send_arduino(Bytes payload);
  std::string send_esphome(Bytes payload);
  // A package, by native push, over a connection that is lost after `most` bytes from us.
  std::string native(Bytes package, std::size_t most = SIZE_MAX);
  std::string send_native(Bytes package) { return native(package); }
  std::uint64_t native_data() const { return native_data_; }  // bytes of the image that it sent
  std::string send_control(Bytes payload) { return control(payload); }
  // Fetches it from a web server, over a connection that is lost after `most` bytes of its answers;
  // the next ones do not come about, until the device no longer waits for them.
  std::string fetch_web(Bytes payload, std::size_t most = SIZE_MAX);
  std::string send_web(Bytes payload) { return fetch_web(payload); }
  std::string send_uart(Bytes payload) { return uart(payload); }
  std::string send_mqtt(Bytes payload) { return mqtt(payload); }
  std::string send_sd(Bytes payload) { return card(payload); }
  // Fetches `payload` by package requests, from a connection that is lost after `most` bytes.
  std::string fetch(Bytes payload, std::size_t most = SIZE_MAX);
  // Sends it as the one file of a bundle, over a connection that is lost after `most` bytes from
  // us.
  std::string bundle(Bytes payload, std::size_t most = SIZE_MAX);
  // Uploads it as the file of a form, over a connection that is lost after `most` bytes of the
  // body.
  std::string post(Bytes payload, std::size_t most = SIZE_MAX);
  // Talks ws:// with the device, over a connection that is lost after `most` bytes from us.
  std::string talk_ws(const link::WsHost::Config& config, std::size_t most = SIZE_MAX);
  std::size_t wire_bytes() const { return wire_bytes_; }  // that the last one took from us
  // Sends it over the serial control path, by a host that dies after `most` bytes on the wire.
  std::string control(Bytes payload, std::size_t most = SIZE_MAX);
  // Sends it bare over a serial line, which carries no more after `most` bytes.
  std::string uart(Bytes payload, std::size_t most = SIZE_MAX);
  // Publishes it retained, over a connection that is lost after `most` bytes from the broker.
  std::string mqtt(Bytes payload, std::size_t most = SIZE_MAX);
  // Finds it on a card, which is pulled after `most` blocks.
  std::string card(Bytes payload, std::size_t most = SIZE_MAX);

 private:
  class Quiet final : public Observer {};

  void make_device();
  bool start_app(StartedBy cause, RescueBoot::Cause how);
  void encrypt(std::uint32_t offset, std::uint32_t size);
  void roll_one_back(bool gives_up, std::size_t image_bytes);

  const Geometry& geometry_;
  format::PartitionTable table_;
  std::vector<std::byte> cells_, initial_;
  sim::Efuse efuse_;
  sim::VirtualClock clock_;
  format::SealedKeys keys_;
  sim::Trusted trusted_;
  Policy policy_;
  Quiet quiet_;
  std::optional<sim::NorFlash> flash_;
  std::optional<sim::EncryptedFlash> cipher_;
  std::optional<sim::Device> device_;
  std::uint32_t slots_ = 0;  // for updates
  int home_ = 0;             // index of the first app
  StartedBy cut_cause_ = StartedBy::power;
  std::uint64_t seed_ = 1;
  std::size_t wire_bytes_ = 0;
  std::uint64_t native_data_ = 0;
};

}  // namespace updraft::powerloss

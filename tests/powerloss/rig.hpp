// A simulated device for cut sweeps: a flash that can be put back to how it was, an app that takes
// updates over raw TCP and by package requests, and the question that matters after every cut.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "updraft/link/raw_cipher.hpp"

#include "sim/device.hpp"

namespace updraft::powerloss {

using Image = std::vector<std::byte>;

Image make_image(const std::string& version, std::size_t size);

// Where a device keeps what. `blocks`: its flash can erase 64 KiB at once.
struct Geometry {
  const char* name;
  const char* csv;
  bool blocks;
};
extern const Geometry kTwoSlots;         // two slots, journal, block erases
extern const Geometry kFactoryAndThree;  // factory app, three slots, no journal, sector erases only

class Rig {
 public:
  // A device whose first app is `running`, confirmed; its other slots are blank, or hold `before`.
  Rig(const Geometry& geometry, const Image& running, const Image* before);

  // Puts flash and eFuses back to how the constructor left them, power off.
  void restore();
  // Arms a cut at the n-th flash operation from now.
  void cut(std::uint64_t operation, sim::Cut how);
  bool was_cut() const { return !flash_->powered(); }
  std::uint64_t operations() const { return flash_->operations(); }

  bool power_on();        // bootloader and start of the app; false: nothing boots
  std::string running();  // version; empty: nothing
  OtaState state() { return device_->app().state; }
  sim::Device& device() { return *device_; }
  MutableBytes cells() { return cells_; }

  // Sends `payload` over raw TCP in segments; "ok", or the code of what went wrong.
  std::string push(Bytes payload, const link::RawCipher* cipher = nullptr);
  // Fetches `payload` by package requests, from a connection that is lost after `most` bytes.
  std::string fetch(Bytes payload, std::size_t most = SIZE_MAX);
  // Sends it over the serial control path, by a host that dies after `most` bytes on the wire.
  std::string control(Bytes payload, std::size_t most = SIZE_MAX);

 private:
  class Quiet final : public Observer {};

  const Geometry& geometry_;
  std::vector<std::byte> cells_, initial_;
  sim::Efuse efuse_;
  sim::VirtualClock clock_;
  Policy policy_;
  Quiet quiet_;
  std::optional<sim::NorFlash> flash_;
  std::optional<sim::Device> device_;
  std::uint64_t seed_ = 1;
};

}  // namespace updraft::powerloss

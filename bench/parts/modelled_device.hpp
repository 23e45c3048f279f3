// A virtual device on modelled flash: it runs one image, and its other slot was used before. What
// an install costs is on the virtual clock: exact, the same everywhere.
#pragma once
#include <string>
#include <vector>

#include "sim/device.hpp"
#include "virtual_device/provision.hpp"

namespace updraft::bench {

// Of another seed it has other content.
std::vector<std::byte> demo_image(const std::string& version, std::size_t size,
                                  std::uint32_t seed = 1);

class ModelledDevice {
 public:
  // All outlive it. `trusted`: what its app brings for signed updates.
  ModelledDevice(const sim::FlashTiming& timing, Bytes running,
                 const sim::Trusted& trusted = kNothing);
  ModelledDevice(const ModelledDevice&) = delete;
  ModelledDevice& operator=(const ModelledDevice&) = delete;

  // Over raw TCP in segments, from the first byte to the choice of the slot; how long the flash
  // took. Its stats are those of this install alone. Throws: it was not installed.
  double install(Bytes payload);
  // The device restarts into what was chosen, and keeps it.
  void restart_and_confirm();

  const sim::NorFlash& flash() const { return flash_; }

 private:
  class Quiet final : public Observer {};
  static const sim::Trusted kNothing;

  device::Options options_;
  device::Identity identity_;
  std::vector<std::byte> cells_;
  sim::VirtualClock clock_;
  sim::NorFlash flash_;
  sim::Efuse efuse_;
  Policy policy_;
  Quiet quiet_;
  sim::Device device_;
};

}  // namespace updraft::bench

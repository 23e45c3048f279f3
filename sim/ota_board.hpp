// A Board on which an app runs: its OTA calls, and an update from end to end.
#pragma once
#include <memory>

#include "sim/board.hpp"
#include "sim/esp_ota.hpp"

namespace updraft::sim {

class OtaBoard : public Board {
 public:
  explicit OtaBoard(const Layout& layout = {}) : Board(layout) {}

  // A restart without the bootloader: that app runs now, with nothing left in RAM.
  EspOta& run(int index) {
    ota_ = std::make_unique<EspOta>(flash, table, efuse, build, app(index));
    return *ota_;
  }
  // A restart with power. The app that boots runs; nothing boots: nullopt.
  std::optional<int> restart() {
    flash.power_on();
    const BootReport report = Board::boot(build);
    if (!report.app) return std::nullopt;
    run(report.app->index);
    return report.app->index;
  }
  EspOta& ota() { return *ota_; }

  // Writes an image as an app would, sequentially, in chunks of 1000 bytes.
  EspErr install(int index, const DemoImage& demo) {
    OtaHandle handle = 0;
    EspErr err = ota_->begin(&app(index), kOtaWithSequentialWrites, &handle);
    if (err != EspErr::ok) return err;
    const std::vector<std::byte> image = make_image(demo);
    for (std::size_t at = 0; at < image.size() && err == EspErr::ok; at += 1000) {
      const Bytes chunk = Bytes(image).subspan(at);
      err = ota_->write(handle, chunk.first(std::min<std::size_t>(1000, chunk.size())));
    }
    if (err != EspErr::ok) return err;
    err = ota_->end(handle);
    return err != EspErr::ok ? err : ota_->set_boot_partition(&app(index));
  }

  BootBuild build = BootBuild::rollback;  // of the bootloader, and of the app from run() on

 private:
  std::unique_ptr<EspOta> ota_;
};

}  // namespace updraft::sim

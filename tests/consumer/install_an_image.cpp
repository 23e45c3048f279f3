// What a project that uses Updraft looks like: its own Flash and BootControl, here in RAM, an
// Updater on them, and an image that is installed from memory. Prints the result.
//
//   install_an_image IMAGE
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include "updraft/updater.hpp"
#include "updraft/version.hpp"

#include "protocols/raw/raw_receiver.hpp"

namespace {

using namespace updraft;

class RamFlash final : public Flash {
 public:
  std::uint32_t size() const override { return static_cast<std::uint32_t>(bytes_.size()); }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    if (!inside(offset, out.size(), size())) return fail(Code::flash, Where::slot, offset);
    std::copy_n(bytes_.begin() + offset, out.size(), out.begin());
    return {};
  }
  Result<> program(std::uint32_t offset, Bytes data) override {
    if (!inside(offset, data.size(), size())) return fail(Code::flash, Where::slot, offset);
    for (const std::byte b : data) bytes_[offset++] &= b;
    return {};
  }
  Result<> erase(std::uint32_t offset, std::uint32_t length) override {
    if (!inside(offset, length, size())) return fail(Code::flash, Where::slot, offset);
    std::fill_n(bytes_.begin() + offset, length, std::byte{0xFF});
    return {};
  }

 private:
  std::vector<std::byte> bytes_ = std::vector<std::byte>(256 * 1024);
};

class TwoSlots final : public BootControl {
 public:
  ChipFacts facts() const override { return {.chip = format::find_chip("esp32c3"), .revision = 3}; }
  Slot running() const override { return slot(0); }
  OtaState running_state() const override { return OtaState::valid; }
  Result<Slot> update_slot() const override { return slot(1); }
  Flash& flash(const Slot& which) override { return which.index == 0 ? first_ : second_; }
  Result<> forget(const Slot&) override { return {}; }
  Result<> select(const Slot& which) override {
    next_ = which;
    return {};
  }
  Result<> confirm() override { return {}; }
  Result<> reject() override { return {}; }
  std::optional<RejectedSlot> rejected_slot() override { return std::nullopt; }

  const Slot& next() const { return next_; }

 private:
  static Slot slot(std::int8_t index) { return {index, Text<16>(index == 0 ? "ota_0" : "ota_1")}; }

  RamFlash first_, second_;
  Slot next_ = slot(0);
};

class Printer final : public Observer {
 public:
  void on_installed(const Installed& update) override { version = update.image.app.version.view(); }
  std::string version;
};

}  // namespace

int main(int count, char** arguments) {
  std::ifstream file(count == 2 ? arguments[1] : "", std::ios::binary);
  const std::vector<char> image{std::istreambuf_iterator<char>(file), {}};
  TwoSlots boot;
  Policy policy;
  policy.allow_unsigned(kRaw);
  Printer printer;
  Updater updater(boot, nullptr, policy, printer);
  link::RawReceiver receiver(updater, {.slot_size = 256 * 1024});
  link::Link& connection = receiver;
  connection.on_connected(Instant{});
  connection.on_bytes(std::as_bytes(std::span(image)), Instant{});
  connection.on_peer_done(Instant{});
  if (updater.state() != UpdateState::installed) {
    std::printf("%s\n", std::string(name(connection.outcome().error().code)).c_str());
    return 1;
  }
  std::printf("Updraft %s: %s is installed, %s boots next\n", UPDRAFT_VERSION,
              printer.version.c_str(), std::string(boot.next().label.view()).c_str());
  return 0;
}

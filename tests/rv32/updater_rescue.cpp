// The same updater as updater_raw in a rescue app: the rules of the choice over ESP-IDF's calls,
// boot counter, request, hand-over and the way back. Linked for its size only (docs/footprint.md).
#include "updraft/updater.hpp"

#include "engine/rescue/rescue_boot.hpp"
#include "ports/template/boot_control.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "tests/rv32/cfi_flash.hpp"
#include "tests/rv32/silent_stream.hpp"

namespace updraft::rv32 {
namespace {

using port_template::Quiet;

// In place of ESP-IDF's functions, which are not counted.
class NoCalls final : public OtaCalls {
 public:
  explicit NoCalls(Flash& slot) : slot_(slot) {}
  Slot get_running_partition() const override { return {.index = Slot::kFactory}; }
  std::optional<Slot> get_boot_partition() override { return Slot{}; }
  std::optional<Slot> get_next_update_partition() const override { return Slot{}; }
  OtaState get_state_partition(const Slot&) override { return OtaState::undefined; }
  OtaErr set_boot_partition(const Slot&) override { return OtaErr::ok; }
  OtaErr mark_app_valid_cancel_rollback() override { return OtaErr::ok; }
  OtaErr mark_app_invalid_rollback() override { return OtaErr::ok; }
  SlotTable table() const override { return {.factory = true}; }
  std::uint32_t slots() const override { return 1; }
  Slot slot(std::int8_t index) const override { return {index, Text<16>(kRescueLabel)}; }
  std::optional<format::OtaRecords> read_records() override { return format::OtaRecords{}; }
  OtaErr erase_record(std::size_t) override { return OtaErr::ok; }
  ChipFacts facts() const override { return {}; }
  Flash& flash(const Slot&) override { return slot_; }

 private:
  Flash& slot_;
};

CfiFlash nor;
FlashWindow slot(nor, 0x40000, 0x30000), journal_flash(nor, 0xB000, 0x2000),
    rescue_flash(nor, 0xD000, 0x2000);
NoCalls calls(slot);
EspBootControl esp_boot(calls);
RescueMemory rescue_memory(rescue_flash);
RescueBoot boot(calls, esp_boot, &rescue_memory, {});
UpdateMemory memory(journal_flash);
Policy policy;
Quiet quiet;
Updater updater(boot, &memory, policy, quiet);
link::RawReceiver receiver(updater, {.slot_size = 0x30000});
std::array<std::byte, 1460> rx;  // for what comes and goes

void serve() {
  if (boot.start(RescueBoot::Cause::crash).restarts) return;
  (void)updater.start(StartedBy::power);
  SilentStream stream;
  (void)port_template::serve(receiver, stream, rx);
  boot.healthy();
  if (!boot.restart_due()) (void)boot.go_back();
}

}  // namespace
}  // namespace updraft::rv32

int main() {
  updraft::rv32::serve();
  return updraft::rv32::updater.pending() ? 1 : 0;
}

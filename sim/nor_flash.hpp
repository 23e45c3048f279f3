// A NOR flash chip over bytes in memory, with exact semantics, a time for every operation, and
// faults on request (spec/esp32.md section 5).
//
// The bytes belong to the caller: an array, or a mapped file (the content of `flash.bin`). Every
// physical operation - a page program, a sector, half block or block erase - has a number, counted
// from 0, and can be the one during which the power goes away:
//
//   NorFlash flash(bytes, clock, {.timing = *find_flash_timing("w25q32jv"), .seed = 7});
//   flash.cut_power_at(12, Cut::torn);  // lets 12 operations pass, tears the next
//   ... everything from there on fails with Code::flash ...
//   flash.power_on();
//
// The same seed and the same calls always give the same damage. Nothing is allocated per operation.
// Not thread-safe.
#pragma once
#include <functional>
#include <string_view>

#include "updraft/flash.hpp"

#include "sim/flash_stats.hpp"
#include "sim/flash_timing.hpp"
#include "sim/random.hpp"

namespace updraft::sim {

// How far the operation came during which the power went away.
enum class Cut : std::uint8_t {
  before,  // not begun
  torn,    // begun: one of the torn_* below or, for an erase, untouched; by the seed
  after,   // complete, but the caller was not told
  weak,    // erase: reads as FF, but the cells are weak; program: as torn
  // One way of `torn`; on an operation of the other kind the same as `torn`.
  torn_prefix,  // program: the first bytes are programmed, the others not
  torn_bits,    // program: some of the bits that were to be cleared are
  torn_zeroed,  // erase: all 0
  torn_mix,     // erase: pages of old content, FF, 0 and noise, on weak cells
};
std::string_view name(Cut cut);

struct NorConfig {
  FlashTiming timing{};    // the default takes no time
  Nanos call{0};           // that the driver adds: kDriverCall
  bool encrypted = false;  // programs take as long as with flash encryption; content is as given
  // Erase 64 KiB in one operation if the range allows it, and 32 KiB if exactly that is asked
  // for; false: sectors only.
  bool blocks = true;
  std::uint64_t seed = 1;
  // On weak cells one byte in so many has a bit wrong, newly drawn at every read and program.
  std::uint32_t weak_one_in = 1024;
};

class NorFlash final : public Flash {
 public:
  // `cells` (a multiple of kFlashSector, at most 4 GiB - 1) and `clock` must outlive the flash.
  NorFlash(MutableBytes cells, VirtualClock& clock, const NorConfig& config = {});

  // As Flash says. Code::flash: outside, a misaligned erase, no power, a stuck sector.
  std::uint32_t size() const override { return static_cast<std::uint32_t>(cells_.size()); }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t offset, Bytes data) override;
  Result<> erase(std::uint32_t offset, std::uint32_t length) override;
  FlashTimes times() const override;  // of the profile; of a usual part if that takes no time
  void yield() override { stretch_ = Nanos{0}; }
  Nanos time_of_page() const { return program_time(kFlashPage); }  // without the call

  std::uint64_t operations() const { return operations_; }  // begun since the flash was made
  const FlashStats& stats() const { return stats_; }
  void reset_stats();
  std::uint64_t seed() const { return config_.seed; }  // for the message of a failing test

  // Power. `operation` counts from now: 0 is the next one. One cut is armed at a time.
  void cut_power_at(std::uint64_t operation, Cut cut);
  void on_cut(std::function<void()> callback) { on_cut_ = std::move(callback); }  // damage is done
  void cut_power();  // now, between operations
  void power_on();   // forgets a cut that was armed; what is weak stays weak
  bool powered() const { return powered_; }

  // Lasting faults. Erasing heals weak cells and unstable bits.
  void mark_stuck(std::uint32_t sector);  // every erase and program fails and changes nothing
  void mark_weak(std::span<const std::uint32_t> sectors);
  void mark_unstable(std::uint32_t offset, std::uint8_t mask);  // these bits read at random
  std::vector<std::uint32_t> weak_sectors() const;              // for mark_weak() after a restart

 private:
  enum Fault : std::uint8_t { kWeak = 1, kStuck = 2, kUnstable = 4 };
  static constexpr std::uint64_t kNeverCut = UINT64_MAX;
  struct UnstableBits {
    std::uint32_t offset;
    std::uint8_t mask;
  };

  Result<> check(std::uint32_t offset, std::size_t length) const;
  void note_call(Nanos began);
  std::uint32_t unit_at(std::uint32_t offset, std::uint32_t length, bool half) const;
  void charge_erase(std::uint32_t unit);
  Nanos program_time(std::size_t bytes) const;
  void charge(OperationStats& kind, std::size_t bytes, Nanos time);
  void add_time(OperationStats& kind, Nanos time);
  bool is_cut_next();  // takes the next number
  Result<> program_page(std::uint32_t offset, Bytes page);
  Result<> erase_unit(std::uint32_t offset, std::uint32_t unit);
  void program_now(std::uint32_t offset, Bytes page);
  void erase_now(std::uint32_t offset, std::uint32_t unit);
  // nor_power_cut.cpp
  Result<> lose_power(std::uint32_t offset);
  Cut cut_of_program();
  Cut cut_of_erase();
  Result<> cut_during_program(std::uint32_t offset, Bytes page);
  Result<> cut_during_erase(std::uint32_t offset, std::uint32_t unit);
  void program_some_bits(std::uint32_t offset, Bytes page);
  void mix(MutableBytes unit);
  // nor_faults.cpp
  bool any_stuck(std::uint32_t offset, std::uint32_t length) const;
  void program_weak(std::uint32_t offset, Bytes page);
  void heal(std::uint32_t sector);
  void weaken(std::uint32_t offset, std::uint32_t unit);
  void disturb(std::uint32_t offset, MutableBytes out);

  MutableBytes cells_;
  VirtualClock& clock_;
  NorConfig config_;
  Random random_;
  FlashStats stats_;
  Nanos stretch_{0};  // of flash work since the last yield
  std::uint64_t operations_ = 0;
  std::uint64_t until_cut_ = kNeverCut;  // operations that may still pass
  Cut cut_ = Cut::before;
  bool powered_ = true;
  std::function<void()> on_cut_;
  std::vector<std::uint8_t> faults_;  // Fault bits of each sector
  std::vector<UnstableBits> unstable_;
};

}  // namespace updraft::sim

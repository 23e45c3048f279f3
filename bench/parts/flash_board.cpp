#include "bench/parts/flash_board.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/downlink.hpp"
#include "sim/efuse.hpp"

namespace updraft::bench {
namespace {

using sim::Nanos;

constexpr std::uint32_t kJournalAt = kBoardSlot;
constexpr std::uint32_t kJournalBytes = 6 * kFlashSector;
constexpr std::uint32_t kOtaDataAt = kJournalAt + kJournalBytes;
constexpr std::uint32_t kBytes = kOtaDataAt + 2 * kFlashSector;

double seconds(Nanos time) { return std::chrono::duration<double>(time).count(); }

// Takes the time of what happens below `limit`: the journal proper, without the ledgers.
class Metered final : public Flash {
 public:
  Metered(Flash& flash, sim::VirtualClock& clock, std::uint32_t limit)
      : flash_(flash), clock_(clock), limit_(limit) {}
  std::uint32_t size() const override { return flash_.size(); }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    return timed(offset, [&] { return flash_.read(offset, out); });
  }
  Result<> program(std::uint32_t offset, Bytes data) override {
    return timed(offset, [&] { return flash_.program(offset, data); });
  }
  Result<> erase(std::uint32_t offset, std::uint32_t length) override {
    return timed(offset, [&] { return flash_.erase(offset, length); });
  }
  void yield() override { flash_.yield(); }
  Nanos time() const { return time_; }

 private:
  template <class Call>
  Result<> timed(std::uint32_t offset, const Call& call) {
    const Nanos began = clock_.now();
    const Result<> result = call();
    if (offset < limit_) time_ += clock_.now() - began;
    return result;
  }
  Flash& flash_;
  sim::VirtualClock& clock_;
  std::uint32_t limit_;
  Nanos time_{0};
};

// Another product's: nothing of it is in any image that is installed.
class Blank final : public Flash {
 public:
  std::uint32_t size() const override { return kBoardSlot; }
  Result<> read(std::uint32_t, MutableBytes out) override {
    std::ranges::fill(out, std::byte{0xFF});
    return {};
  }
  Result<> program(std::uint32_t, Bytes) override { return fail(Code::flash, Where::slot); }
  Result<> erase(std::uint32_t, std::uint32_t) override { return fail(Code::flash, Where::slot); }
};

// Slot 0 runs and is not on the board; slot 1 is written.
class OneSlot final : public BootControl {
 public:
  OneSlot(Flash& slot, Flash& otadata, const format::Chip& chip)
      : slot_(slot), otadata_(otadata), efuse_(sim::usual_efuse(chip)) {}
  ChipFacts facts() const override {
    return {.chip = efuse_.chip,
            .revision = efuse_.revision,
            .block_revision = efuse_.block_revision,
            .ignore_max_revision = true};
  }
  Slot running() const override { return {0, Text<16>("ota_0")}; }
  OtaState running_state() const override { return OtaState::valid; }
  Result<Slot> update_slot() const override { return Slot{1, Text<16>("ota_1")}; }
  Flash& flash(const Slot& which) override { return which.index == 0 ? running_ : slot_; }
  Result<> forget(const Slot&) override { return {}; }
  Result<> select(const Slot&) override {
    UPDRAFT_TRY(otadata_.erase(0, kFlashSector));
    otadata_.yield();
    return otadata_.program(0, std::array<std::byte, 32>{});
  }
  Result<> confirm() override { return {}; }
  Result<> reject() override { return {}; }
  std::optional<RejectedSlot> rejected_slot() override { return std::nullopt; }

 private:
  Blank running_;
  Flash& slot_;
  Flash& otadata_;
  sim::Efuse efuse_;
};

const format::Chip& chip_of(Bytes image) {
  const Result<format::ImageHeader> header = format::parse_image_header(image);
  const format::Chip* chip = header ? format::find_chip(header->chip_id) : nullptr;
  if (chip == nullptr) throw std::runtime_error("an image of the benchmark is none");
  return *chip;
}

}  // namespace

// What lives in RAM from one power-on to the next.
struct Board::Updating final : Observer {
  Updating(sim::NorFlash& board, sim::VirtualClock& clock, const format::Chip& chip,
           std::uint32_t max_erase)
      : flash(board),
        slot(board, 0, kBoardSlot),
        notes(board, kJournalAt, kJournalBytes),
        choice(board, kOtaDataAt, 2 * kFlashSector),
        journal_flash(notes, clock, 2 * kFlashSector),
        otadata(choice, clock, 2 * kFlashSector),
        boot(slot, otadata, chip),
        memory(journal_flash),
        updater(boot, &memory, policy, *this) {
    policy.allow_unsigned(kRaw);
    policy.allow_unsigned(kWs);
    policy.max_block = max_erase;
  }
  void on_state(UpdateState state) override {
    if (state == UpdateState::verifying) read_before = flash.stats().read.time;
  }
  sim::NorFlash& flash;
  FlashWindow slot, notes, choice;
  Metered journal_flash, otadata;
  OneSlot boot;
  UpdateMemory memory;
  Policy policy;
  Updater updater;
  Nanos read_before{0};
};

std::string_view name(Strategy strategy) {
  constexpr std::string_view kNames[] = {"updraft", "updraft_seek", "sequential", "erase_first"};
  return kNames[static_cast<std::size_t>(strategy)];
}

std::uint32_t Cost::max_erases() const {
  return erases.empty() ? 0 : *std::ranges::max_element(erases);
}

Board::Board(const sim::FlashTiming& timing) : timing_(timing), cells_(kBytes, std::byte{0xFF}) {}
Board::~Board() = default;

void Board::forget() { std::fill(cells_.begin() + kJournalAt, cells_.end(), std::byte{0xFF}); }

Cost Board::install(Bytes image, Strategy strategy, std::uint32_t max_erase, std::size_t until) {
  const sim::NorConfig config{.timing = timing_, .call = sim::kDriverCall};
  flash_ = std::make_unique<sim::NorFlash>(cells_, clock_, config);
  const Nanos began = clock_.now();
  Cost cost;
  if (strategy == Strategy::updraft || strategy == Strategy::updraft_seek) {
    Updating device(*flash_, clock_, chip_of(image), max_erase);
    update(device, image, strategy == Strategy::updraft_seek, until);
    const Nanos choice = device.journal_flash.time() + device.otadata.time();
    cost.choice_seconds = seconds(choice);
    cost.verify = seconds(flash_->stats().read.time - device.read_before);
  } else {
    write_as_esp_ota(image, strategy == Strategy::sequential);
  }
  cost.seconds = seconds(clock_.now() - began) - cost.choice_seconds;
  const sim::FlashStats& stats = flash_->stats();
  cost.erase = seconds(stats.erase_time());
  cost.program = seconds(stats.program.time);
  cost.read = seconds(stats.read.time) - cost.verify;
  cost.longest_stretch = seconds(stats.longest_stretch);
  cost.bytes_programmed = stats.program.bytes;
  cost.bytes_read = stats.read.bytes;
  cost.erases = stats.erases_per_sector;
  return cost;
}

void Board::update(Updating& device, Bytes image, bool seek, std::size_t until) {
  Updater& updater = device.updater;
  const Offer offer{.scheme = seek ? kWs : kRaw, .size = seek ? image.size() : 0};
  Result<> done = updater.start(StartedBy::power);
  if (done) done = updater.begin(offer);
  for (std::size_t at = 0; done && at < std::min(until, image.size());) {
    const Bytes segment = at_most(image.subspan(at), sim::kChipSegment);
    flash_->yield();  // the task waits for it
    done = updater.write(segment);
    at += segment.size();
    if (!seek || !done || at == image.size()) continue;
    const Result<std::uint64_t> next = updater.resume_at(at);
    if (next) at = static_cast<std::size_t>(*next);
    if (!next) done = std::unexpected(next.error());
  }
  if (done && until >= image.size()) done = outcome_of(updater.finish());
  if (!done)
    throw std::runtime_error("an install of the benchmark failed: " +
                             std::string(sentence(done.error())));
}

// esp_ota_write and what follows it. The driver yields after each erase command.
void Board::write_as_esp_ota(Bytes image, bool sequential) {
  const auto erase = [this](std::uint32_t at, std::uint32_t unit) {
    (void)flash_->erase(at, unit);
    if (unit > kFlashSector) flash_->yield();
  };
  if (!sequential) {
    for (std::uint32_t at = 0; at < kBoardSlot; at += kFlashBlock) erase(at, kFlashBlock);
  }
  std::uint32_t erased_to = 0;
  for (std::size_t at = 0; at < image.size(); at += sim::kChipSegment) {
    const Bytes segment = at_most(image.subspan(at), sim::kChipSegment);
    flash_->yield();
    for (; sequential && erased_to < at + segment.size(); erased_to += kFlashSector) {
      erase(erased_to, kFlashSector);
    }
    (void)flash_->program(static_cast<std::uint32_t>(at), segment);
  }
  std::array<std::byte, 4096> page;
  for (int verification = 0; verification < 2; ++verification) {  // esp_ota_end, set_boot
    for (std::size_t at = 0; at < image.size(); at += page.size()) {
      const std::size_t size = std::min(page.size(), image.size() - at);
      (void)flash_->read(static_cast<std::uint32_t>(at), MutableBytes(page).first(size));
      flash_->yield();
    }
  }
}

}  // namespace updraft::bench

#include "bench/parts/flash_jobs.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "bench/parts/firmware_pairs.hpp"
#include "bench/parts/flash_bound.hpp"
#include "sim/random.hpp"

namespace updraft::bench {
namespace {

using Rows = std::function<void(const FlashRow&)>;

double seconds(sim::Nanos time) { return std::chrono::duration<double>(time).count(); }

std::vector<std::byte> noise() {
  sim::Random random(1);
  std::vector<std::byte> bytes(kBoardSlot);
  for (std::byte& b : bytes) b = std::byte{random.byte()};
  return bytes;
}

class Jobs {
 public:
  Jobs(const sim::FlashTiming& timing, const Rows& rows)
      : timing_(timing), board_(timing), rows_(rows), noise_(noise()) {}

  void run(const Product& product, std::size_t release) {
    const Firmware& to = product.releases[release];
    const Firmware& before = product.releases[release - 1];
    const Firmware& held = product.releases[release < 2 ? 0 : release - 2];
    row_ = {};
    row_.profile = timing_.name;
    row_.product = product.name;
    row_.to = to.version;
    row_.image_bytes = to.image.size();
    field_.clear();
    full_ = 0;
    full("full_used", "", to.image, noise_);
    const std::vector<std::byte> blank(kBoardSlot, std::byte{0xFF});
    full("full_blank", "", to.image, blank);
    over("reinstall", to, to.image);
    over("next", held, to.image);
    row_.from = before.version;
    resume(to.image, Strategy::updraft);
    resume(to.image, Strategy::updraft_seek);
  }

 private:
  void hold(Bytes content) {
    std::ranges::copy(content, board_.slot().begin());
    board_.forget();
  }
  double bound(Bytes image) {
    return seconds(least_time(timing_, sim::kDriverCall, board_.slot(), image));
  }
  void tell(const char* job, Strategy strategy, const Cost& cost, double least,
            std::uint32_t max_block = kFlashBlock) {
    row_.job = job;
    row_.strategy = name(strategy);
    row_.max_block = max_block;
    row_.cost = cost;
    row_.bound = least;
    row_.of_full = full_ > 0 ? cost.seconds / full_ : 1;
    row_.wear.assign(cost.max_erases() + 1, 0);
    for (const std::uint32_t times : cost.erases) ++row_.wear[times];
    rows_(row_);
  }
  // What they cost does not depend on what the slot holds.
  void tell_field(const char* job, double least, Bytes image) {
    if (field_.empty()) {
      for (const auto strategy : {Strategy::sequential, Strategy::erase_first}) {
        field_.push_back(board_.install(image, strategy));
      }
    }
    tell(job, Strategy::sequential, field_[0], least, kFlashSector);
    tell(job, Strategy::erase_first, field_[1], least);
  }

  void full(const char* job, const char* from, Bytes image, Bytes content) {
    const bool used = std::strcmp(job, "full_used") == 0;
    row_.from = from;
    hold(content);
    const double least = bound(image);
    const Cost cost = board_.install(image, Strategy::updraft);
    if (used) full_ = cost.seconds;
    tell(job, Strategy::updraft, cost, least);
    for (const std::uint32_t limit : {kFlashHalfBlock, kFlashSector}) {
      if (!used) break;
      hold(content);
      tell(job, Strategy::updraft, board_.install(image, Strategy::updraft, limit), least, limit);
    }
    tell_field(job, least, image);
  }
  void over(const char* job, const Firmware& held, Bytes image) {
    row_.from = held.version;
    hold(noise_);
    (void)board_.install(held.image, Strategy::updraft);
    const double least = bound(image);
    tell(job, Strategy::updraft, board_.install(image, Strategy::updraft), least);
    tell_field(job, least, image);
  }
  void resume(Bytes image, Strategy strategy) {
    hold(noise_);
    (void)board_.install(image, strategy, kFlashBlock, image.size() / 2);
    const double least = bound(image);
    tell("resume", strategy, board_.install(image, strategy), least);
    if (strategy == Strategy::updraft) tell_field("resume", least, image);
  }

  const sim::FlashTiming& timing_;
  Board board_;
  const Rows& rows_;
  std::vector<std::byte> noise_;
  FlashRow row_;
  std::vector<Cost> field_;
  double full_ = 0;
};

}  // namespace

void for_each_flash_row(std::string_view profile, const Rows& rows) {
  const std::vector<Product> products = load_products();
  bool any = false;
  for (const sim::FlashTiming& timing : sim::flash_timings()) {
    if (timing.page_program.count() == 0 || (!profile.empty() && profile != timing.name)) continue;
    any = true;
    Jobs jobs(timing, rows);
    for (const Product& product : products) {
      for (std::size_t i = 1; i < product.releases.size(); ++i) jobs.run(product, i);
    }
  }
  if (!any) throw std::runtime_error("there is no flash profile " + std::string(profile));
}

}  // namespace updraft::bench

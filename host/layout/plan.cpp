#include "host/layout/plan.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "engine/rescue/rescue_boot.hpp"
#include "host/dump/table.hpp"
#include "host/layout/rules.hpp"

namespace updraft::layout {
namespace {

using format::Partition;
using format::PartitionTable;
using format::PartitionType;

// One run of the rules. Each returns false where it refuses.
class Planner {
 public:
  Planner(const PartitionTable& old, const PartitionTable& next, const Facts& facts)
      : old_(old), next_(next), facts_(facts) {}

  Plan run() {
    plan_.same = std::ranges::equal(old_.entries(), next_.entries());
    plan_.runs_then = facts_.running;
    const bool allowed = is_sound() && fits_flash() && allows_kind() && keeps_running() &&
                         keeps_choice() && places_otadata() && places_data() && places_rescue();
    if (allowed && !plan_.same) commit();
    if (!plan_.same) note_free_flash();
    return std::move(plan_);
  }

 private:
  bool refuse(int rule, std::string why, std::string remedy,
              std::string_view code = "unsafe_layout") {
    plan_.verdict = Verdict::refused;
    plan_.rule = rule;
    plan_.code = code;
    plan_.why = std::move(why);
    plan_.remedy = std::move(remedy);
    plan_.steps.clear();
    return false;
  }

  // Rule 1.
  bool is_sound() {
    const std::string fault = table_fault(next_, facts_.table_offset);
    if (!fault.empty()) return refuse(1, fault, "mend the new table");
    const std::string old = doubled_fault(old_);
    return old.empty() || refuse(1, "in the old table " + old,
                                 "nobody can say what such a device runs: change it by cable");
  }

  // Rule 2.
  bool fits_flash() {
    const std::uint64_t end = end_of(next_);
    const std::uint64_t chip =
        facts_.flash_bytes != 0 ? facts_.flash_bytes : std::bit_ceil(end_of(old_));
    const std::uint64_t most = facts_.header_flash_bytes != 0
                                   ? std::min<std::uint64_t>(chip, facts_.header_flash_bytes)
                                   : chip;
    if (end <= most) return true;
    return refuse(2,
                  fmt::format("the new table ends at {:#x}, and the flash at {:#x}: a bootloader "
                              "refuses such a table for ever",
                              end, most),
                  "make it smaller, or name the size of the chip with --flash-size if it is larger",
                  "flash_size");
  }

  // Rule 8.
  bool allows_kind() {
    if (facts_.secure_boot_v1) {
      return refuse(8, "with Secure Boot v1 the table is signed, and no update can sign it",
                    "change it by cable");
    }
    const bool factory = next_.find(PartitionType::app, format::kAppFactory) != nullptr;
    if (!facts_.anti_rollback || !factory) return true;
    return refuse(8, "a bootloader with anti-rollback boots no factory app",
                  "keep two slots, without a rescue app");
  }

  // Rule 3: X stays, or moves into the idle slot first.
  bool keeps_running() {
    const Partition* const at = running_in(old_, facts_.running);
    if (at == nullptr) {
      return refuse(3, "the running slot is not in the old table", "name it with --running");
    }
    length_ = facts_.image_bytes != 0 ? facts_.image_bytes : usual_image(at->size);
    if (length_ > at->size) {
      return refuse(3, "the image is larger than the slot that it runs from", "look at --image");
    }
    x_ = Range{at->offset, length_};
    if (const Partition* const app = app_at(next_, at->offset, length_)) return settle(*app, false);
    for (const Partition& idle : old_.entries()) {
      if (!is_slot(idle) || idle.offset == at->offset || idle.size < length_) continue;
      if (const Partition* const app = app_at(next_, idle.offset, length_)) {
        x_ = Range{idle.offset, length_};
        from_index_ = slot_index(idle);
        return settle(*app, true);
      }
    }
    return refuse(
        3,
        fmt::format("no app slot of the new table begins where the running app is ({:#x}) "
                    "and holds its {} bytes, and there is no idle slot to move it through",
                    at->offset, length_),
        "leave the slots where they are, and let them grow at their end");
  }

  bool settle(const Partition& app, bool moves) {
    plan_.runs_then = slot_index(app);
    if (!moves) {
      from_index_ = facts_.running;
      return true;
    }
    add_copy("move", std::string(app.label.view()), length_);
    return true;
  }

  // Rule 4: a number that chooses X by the old count of slots and by the new one. Where there is
  // none X moves first, into the slot that has the same index in both.
  bool keeps_choice() {
    const std::uint32_t n = old_.bootloader_ota_slots(), then = next_.bootloader_ota_slots();
    if (plan_.same) return true;
    const bool factory = plan_.runs_then < 0 || from_index_ < 0;
    chooses_ = !factory || then != 0 || n != 0;
    if (factory || has_number(from_index_, n, plan_.runs_then, then)) return true;
    return refuse(
        4,
        fmt::format("no number in otadata chooses ota_{} of {} slots and ota_{} of {}", from_index_,
                    n, plan_.runs_then, then),
        "update once more, so that the app runs from the other slot, and change the table then");
  }

  // Rule 5.
  bool places_otadata() {
    const Partition* const was = old_.find(PartitionType::data, format::kDataOta);
    const Partition* const will = next_.find(PartitionType::data, format::kDataOta);
    if (will == nullptr) {
      return refuse(5, "the new table has no otadata: no update could choose a slot",
                    "add otadata");
    }
    if (was != nullptr && was->offset == will->offset) return true;
    if (const Partition* const taken = taken_by(old_, range_of(*will), x_, facts_.lose)) {
      return refuse(5, fmt::format("otadata would move onto {}", dump::place_text(*taken)),
                    "leave otadata where it is");
    }
    plan_.steps.push_back(timed("fill", "otadata", 2, 2));
    return true;
  }

  // Rule 6, and 7 for what moves.
  bool places_data() {
    for (const Partition& was : old_.entries()) {
      if (!is_data(was)) continue;
      const Partition* const will = next_.find(was.label.view());
      if (!place(was, will != nullptr && is_data(*will) ? will : nullptr)) return false;
    }
    for (const Partition& will : next_.entries()) {
      const Partition* const was = old_.find(will.label.view());
      if (is_data(will) && (was == nullptr || !is_data(*was)))
        add_part(Fate::added, nullptr, &will);
    }
    for (const Partition& was : old_.entries()) {
      if (was.type == PartitionType::app && app_at(next_, was.offset, 1) == nullptr) {
        add_part(Fate::removed, &was, nullptr);
      }
    }
    return true;
  }

  bool place(const Partition& was, const Partition* will) {
    const bool same_place = will != nullptr && will->offset == was.offset;
    if (same_place && (will->size == was.size || grows_in_place(was, *will))) {
      add_part(Fate::kept, &was, will);
      return true;
    }
    const bool moves = will != nullptr && !same_place &&
                       (will->size == was.size || (is_nvs(was) && will->size > was.size));
    if (moves && !may_lose(was)) return move(was, *will);
    if (may_lose(was)) {
      add_part(Fate::lost, &was, will);
      if (holds_settings(was)) {
        plan_.notes.push_back(
            fmt::format("{} is lost: Wi-Fi credentials in it are gone, and the device "
                        "does not come back to its network",
                        was.label.view()));
      }
      return true;
    }
    return refuse(
        6,
        fmt::format("{} {}, and its content cannot be taken along", dump::place_text(was),
                    will == nullptr ? "is not in the new table" : "gets another size"),
        fmt::format("keep it as it is, or say that it may be lost: --lose {}", was.label.view()));
  }

  bool grows_in_place(const Partition& was, const Partition& will) const {
    const bool grows = will.size > was.size;
    return grows && (is_nvs(was) || (is_littlefs(was) && facts_.fs_grows));
  }

  // Rule 7: what moves goes to a place that nobody needs until the commit.
  bool move(const Partition& was, const Partition& will) {
    const Range to{will.offset, was.size};
    const Partition* const taken = taken_by(old_, to, x_, facts_.lose);
    if (taken != nullptr) {
      return refuse(7,
                    fmt::format("{} would move to {:#x}, onto {}", was.label.view(), will.offset,
                                dump::place_text(*taken)),
                    "move it to a free place, in two steps if it must be");
    }
    add_part(Fate::moved, &was, &will);
    add_copy("copy", std::string(was.label.view()), was.size);
    return true;
  }

  // Rule 7: a new rescue app is written before the commit, where nothing else is needed.
  bool places_rescue() {
    const Partition* const app = next_.find(PartitionType::app, format::kAppFactory);
    const Partition* const was = old_.find(PartitionType::app, format::kAppFactory);
    if (app == nullptr || (was != nullptr && was->offset == app->offset)) return true;
    if (was != nullptr && facts_.running == kFactory) return true;
    if (const Partition* const taken = needed_over(range_of(*app))) {
      return refuse(7,
                    fmt::format("{} would lie over {}, which is needed until then",
                                dump::place_text(*app), dump::place_text(*taken)),
                    "put it elsewhere");
    }
    add_copy("fill", std::string(app->label.view()), usual_image(app->size));
    return true;
  }

  // A data partition of the old table that is not lost: as long as that table holds, it is used.
  const Partition* needed_over(const Range& range) const {
    for (const Part& part : plan_.parts) {
      if (part.fate != Fate::kept && part.fate != Fate::moved) continue;
      const Partition* const was = old_.find(part.label);
      if (was != nullptr && range.overlaps(range_of(*was))) return was;
    }
    return nullptr;
  }

  void commit() {
    if (chooses_) plan_.steps.push_back(timed("choose", "otadata", 1, 1));
    plan_.steps.push_back(timed("commit", "", 1, table_pages(next_)));
    if (facts_.guarded) {
      plan_.notes.emplace_back(
          "the bootloader has the guard: a cut in the commit is finished at the next start");
      return;
    }
    plan_.verdict = Verdict::risk;
    plan_.window = plan_.steps.back().typical;
    plan_.window_worst = plan_.steps.back().worst;
    plan_.why =
        "while the table is written there is none: a power cut then leaves a device that only a "
        "serial cable mends";
    plan_.remedy =
        "ship products with a bootloader that finishes the change (the guard), or change it by "
        "cable";
  }

  // The safest change of all is none.
  void note_free_flash() {
    const std::uint64_t end = end_of(old_);
    if (facts_.flash_bytes <= end) return;
    plan_.notes.insert(
        plan_.notes.begin(),
        fmt::format("{} KiB behind the old table are free: an app can use them without "
                    "another table (esp_partition_register_external)",
                    (facts_.flash_bytes - end) / 1024));
  }

  void add_part(Fate fate, const Partition* was, const Partition* will) {
    const Partition& named = was != nullptr ? *was : *will;
    Part part{.label = std::string(named.label.view()), .fate = fate};
    if (was != nullptr) part.from = was->offset, part.from_bytes = was->size;
    if (will != nullptr) part.to = will->offset, part.to_bytes = will->size;
    plan_.parts.push_back(std::move(part));
  }
  void add_copy(const char* what, std::string label, std::uint32_t bytes) {
    plan_.steps.push_back(copied(what, std::move(label), bytes));
  }
  bool may_lose(const Partition& was) const {
    return std::ranges::find(facts_.lose, was.label.view()) != facts_.lose.end();
  }

  const PartitionTable& old_;
  const PartitionTable& next_;
  const Facts& facts_;
  Plan plan_;
  std::uint32_t length_ = 0;
  Range x_;
  int from_index_ = 0;    // of X in T, once it has moved
  bool chooses_ = false;  // a record of otadata is written that holds with both tables
};

}  // namespace

Plan plan_change(const PartitionTable& old, const PartitionTable& next, const Facts& facts) {
  return Planner(old, next, facts).run();
}

std::string_view layout_name(const PartitionTable& table) {
  const std::uint32_t slots = table.application_ota_slots();
  const bool updates = table.find(PartitionType::data, format::kDataOta) != nullptr &&
                       slots == table.bootloader_ota_slots();
  const Partition* const factory = table.find(PartitionType::app, format::kAppFactory);
  const bool rescue = factory != nullptr && factory->label.view() == kRescueLabel;
  if (updates && slots > 1) return rescue ? "two slots and a rescue app" : "two slots";
  if (updates && slots == 1 && rescue) return "one slot and a rescue app";
  return slots != 0 || factory != nullptr ? "one slot" : "no app";
}

}  // namespace updraft::layout

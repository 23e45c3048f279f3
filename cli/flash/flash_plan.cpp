// updraft flash plan: whether a device can get another partition table over the air.
#include <algorithm>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/flash/flash.hpp"
#include "cli/inspect/flash_report.hpp"
#include "cli/words/chip_option.hpp"
#include "cli/words/files.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "engine/format/verify.hpp"
#include "host/files/text_kind.hpp"
#include "host/layout/plan_text.hpp"
#include "host/layout/try_device.hpp"

namespace updraft::cli {
namespace {

constexpr std::string_view kGuardMark = "UDGUARD1";  // of a bootloader that finishes a change

struct PlanOptions {
  std::string old, next, running, image, bootloader, chip;
  layout::Facts facts;
  bool json = false, tries = false;
};

struct Given {
  format::PartitionTable table;
  std::vector<std::byte> dump;  // empty: it was a table alone
  files::TablePlace place;
};

// CSV, a table, or a dump that holds one.
Given read_given(const std::string& file, std::uint32_t table_offset) {
  const std::vector<std::byte> bytes = read_file(file);
  const auto text = files::as_text_file(bytes);
  Given given;
  dump::TableReading reading;
  const auto place = text ? std::nullopt : files::find_table(bytes);
  const bool is_dump = place && (place->offset != place->base || bytes.size() > kFlashSector);
  if (text) {
    reading =
        dump::read_table_text(text->utf8, {.table_offset = table_offset, .bootloader_offset = 0});
  } else if (is_dump) {
    reading = dump::read_table(Bytes(bytes).subspan(place->offset - place->base));
    given.dump = bytes;
    given.place = *place;
  } else {
    reading = dump::read_table(bytes);
  }
  if (!reading.faults.empty()) throw Stop(kRefused, file + ": " + reading.faults.front());
  given.table = reading.table;
  return given;
}

// What a dump says of itself, where the options leave it open.
void look_at(const Given& given, layout::Facts& facts) {
  if (given.dump.empty()) return;
  const FlashReport report = report_flash(given.dump, given.place, {});
  facts.table_offset = given.place.offset;
  if (report.bootloader.reading) {
    facts.header_flash_bytes = dump::flash_bytes(report.bootloader.reading->header.speed_size);
  }
  if (!report.boot.app) return;
  facts.running = report.boot.app->index;
  facts.image_bytes = report.boot.app->image.length;
}

int index_of(const format::PartitionTable& table, const std::string& label) {
  const format::Partition* const app = table.find(label);
  if (app != nullptr && app->type == format::PartitionType::app) {
    return app->subtype == format::kAppFactory ? layout::kFactory : app->subtype - format::kAppOta0;
  }
  for (std::uint32_t i = 0; i < table.application_ota_slots(); ++i) {
    if (label == fmt::format("ota_{}", i)) return static_cast<int>(i);
  }
  if (label == "factory") return layout::kFactory;
  throw Stop(kUsage, fmt::format("--running {}: the old table has no such app", printable(label)));
}

bool has_guard(Bytes bytes) { return as_text(bytes).find(kGuardMark) != std::string_view::npos; }

void read_options(const PlanOptions& options, const Given& old, layout::Facts& facts) {
  if (!options.running.empty()) facts.running = index_of(old.table, options.running);
  if (!options.image.empty()) {
    const auto image = format::verify(read_file(options.image), {});
    if (!image) throw Stop(image.error(), options.image + ": " + explain(image.error()));
    facts.image_bytes = image->length;
  }
  if (!options.bootloader.empty()) {
    const std::vector<std::byte> bytes = read_file(options.bootloader);
    facts.guarded = has_guard(bytes);
    if (files::is_bootloader(bytes)) {
      facts.header_flash_bytes = dump::flash_bytes(dump::read_bootloader(bytes).header.speed_size);
    }
  } else if (!old.dump.empty()) {
    facts.guarded = has_guard(at_most(old.dump, old.place.offset - old.place.base));
  }
}

boost::json::object part_json(const layout::Part& part) {
  return {{"label", printable(part.label)},
          {"fate", layout::name(part.fate)},
          {"from", part.from},
          {"from_bytes", part.from_bytes},
          {"to", part.to},
          {"to_bytes", part.to_bytes}};
}

double ms(layout::Microseconds time) { return static_cast<double>(time.count()) / 1000; }

boost::json::object to_json(const layout::Plan& plan, const layout::Tally* tally) {
  constexpr std::string_view kVerdicts[] = {"safe", "risk", "refused"};
  boost::json::array parts, steps, notes;
  for (const layout::Part& part : plan.parts) parts.push_back(part_json(part));
  for (const layout::Step& step : plan.steps) {
    steps.push_back(boost::json::object{{"what", step.what},
                                        {"label", printable(step.label)},
                                        {"erases", step.erases},
                                        {"programs", step.programs},
                                        {"ms", ms(step.typical)},
                                        {"worst_ms", ms(step.worst)}});
  }
  for (const std::string& note : plan.notes) notes.push_back(boost::json::string(note));
  boost::json::object object{{"event", "plan"},
                             {"verdict", kVerdicts[static_cast<std::size_t>(plan.verdict)]},
                             {"answer", layout::answer(plan)},
                             {"same", plan.same},
                             {"notes", std::move(notes)},
                             {"parts", std::move(parts)},
                             {"steps", std::move(steps)},
                             {"window_ms", ms(plan.window)},
                             {"window_worst_ms", ms(plan.window_worst)}};
  if (plan.verdict == layout::Verdict::refused) {
    object["code"] = plan.code;
    object["rule"] = plan.rule;
  }
  if (!plan.why.empty()) object["message"] = plan.why;
  if (!plan.remedy.empty()) object["remedy"] = plan.remedy;
  if (tally == nullptr) return object;
  object["try"] = boost::json::object{{"cuts", tally->cuts},
                                      {"finished", tally->finished},
                                      {"dead", tally->dead},
                                      {"stuck", tally->stuck}};
  return object;
}

layout::Tally try_out(const PlanOptions& options, const format::PartitionTable& next,
                      const layout::Facts& facts) {
  layout::TryOptions how{.table_offset = facts.table_offset};
  if (!options.chip.empty()) how.chip = format::find_chip(options.chip);
  try {
    return layout::cut_everywhere(next, how, layout::update_story());
  } catch (const std::runtime_error& error) {
    throw Stop(kRefused, std::string("--try: ") + error.what());
  }
}

int plan(const PlanOptions& options) {
  layout::Facts facts = options.facts;
  const Given old = read_given(options.old, facts.table_offset);
  look_at(old, facts);
  const Given next = read_given(options.next, facts.table_offset);
  read_options(options, old, facts);
  const Output out(options.json);
  const layout::Plan plan = layout::plan_change(old.table, next.table, facts);
  std::optional<layout::Tally> tally;
  if (options.tries) tally = try_out(options, next.table, facts);
  out.event(to_json(plan, tally ? &*tally : nullptr));
  for (const std::string& line : layout::plan_lines(plan)) out.line(line);
  out.item("then", std::string(layout::layout_name(next.table)));
  if (tally) {
    out.item("tried", tally->cuts != 0
                          ? "updates of a device with the new table: " + layout::tally_text(*tally)
                          : "nothing: no update over the air is possible with the new table");
  }
  const bool dies = tally && (tally->dead != 0 || tally->stuck != 0);
  if (plan.verdict == layout::Verdict::refused || dies) return kRefused;
  return plan.verdict == layout::Verdict::safe ? kOk : kFailed;
}

void add_facts(CLI::App& command, layout::Facts& facts) {
  command
      .add_option("--flash-size", facts.flash_bytes,
                  "of the chip; default: what the old table needs")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(1u << 20, 128u << 20));
  command.add_option("--table-offset", facts.table_offset,
                     "where the table stands, if not at 0x8000");
  command
      .add_option("--lose", facts.lose, "a partition whose content may be lost; may be repeated")
      ->type_name("LABEL")
      ->allow_extra_args(false)
      ->expected(0, static_cast<int>(layout::kMostLost));
  command.add_flag("--anti-rollback", facts.anti_rollback, "the bootloader was built with it");
  command.add_flag("--secure-boot-v1", facts.secure_boot_v1, "the chip has it");
  command.add_flag("--fs-grows", facts.fs_grows, "the product's LittleFS grows when it is mounted");
}

}  // namespace

void add_flash_plan(CLI::App& flash, int& status) {
  const auto options = std::make_shared<PlanOptions>();
  CLI::App* command = flash.add_subcommand(
      "plan", "Say whether a device can get another partition table over the air; change nothing.");
  command->add_option("OLD", options->old, "its table: CSV, binary, or a dump of its flash")
      ->required();
  command->add_option("NEW", options->next, "the table that it shall get")->required();
  command
      ->add_option("--running", options->running,
                   "the app that runs; default: ota_0, or as the dump says")
      ->type_name("LABEL");
  command->add_option("--image", options->image, "that it runs; default: 85 % of its slot")
      ->check(CLI::ExistingFile);
  command->add_option("--bootloader", options->bootloader, "its bootloader; default: a stock one")
      ->check(CLI::ExistingFile);
  command->add_option("--chip", options->chip, "for --try")->transform(as_esptool_spells());
  add_facts(*command, options->facts);
  command->add_flag(
      "--try", options->tries,
      "update a simulated device with the new table, and cut its power at every flash operation");
  command->add_flag("--json", options->json, "one object");
  command->footer(
      "Exit status 0: safe; 1: not over the air; 3: only with a moment in which a power cut leaves "
      "no table.\n"
      "Examples:\n"
      "  updraft flash plan partitions.csv one-slot-and-rescue.csv --lose spiffs --try\n"
      "  updraft flash plan dump.bin larger.csv\n");
  command->callback([options, &status] { status = plan(*options); });
}

}  // namespace updraft::cli

// updraft flash select | erase-otadata
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/flash/flash.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "engine/format/verify.hpp"
#include "host/files/flash_edit.hpp"

namespace updraft::cli {
namespace {

struct SelectOptions {
  DumpOptions dump;
  std::string slot;
  bool force = false;
};

void not_whole() {
  throw Stop(kRefused, "otadata is not whole in this file, or its numbers are used up");
}

// A slot whose image is not sound is chosen only on request.
void check_image(const Dump& dump, const format::Partition& slot, bool force) {
  const auto image = format::verify(dump.content(slot), {.capacity = slot.size});
  if (image || force) return;
  throw Stop(kRefused, fmt::format("{} holds no sound image: {} (--force chooses it all the same)",
                                   printable(slot.label.view()), explain(image.error())));
}

void select(const SelectOptions& options) {
  Dump dump = read_dump(options.dump);
  const format::Partition& slot = dump.partition(options.slot);
  if (slot.type != format::PartitionType::app) {
    throw Stop(kRefused, fmt::format("{} is no app partition", printable(options.slot)));
  }
  check_image(dump, slot, options.force);
  const format::Partition& otadata = dump.otadata();
  if (slot.subtype == format::kAppFactory) {
    if (!files::erase_otadata(dump.bytes, dump.place.base, otadata)) not_whole();
    return write_other(options.dump, dump.bytes);
  }
  const std::uint32_t slots = dump.table.bootloader_ota_slots();
  const std::uint32_t index = slot.subtype - std::uint32_t{format::kAppOta0};
  if (index >= slots || slots != dump.table.application_ota_slots()) {
    throw Stop(
        kRefused,
        std::string(sentence(Error{Code::no_other_image, Where::table, 0, 0, Reason::slot_gap})));
  }
  if (!files::select_slot(dump.bytes, dump.place.base, otadata, index, slots)) not_whole();
  write_other(options.dump, dump.bytes);
}

void erase(const DumpOptions& options) {
  Dump dump = read_dump(options);
  if (!files::erase_otadata(dump.bytes, dump.place.base, dump.otadata())) not_whole();
  write_other(options, dump.bytes);
}

}  // namespace

void add_flash_select(CLI::App& flash) {
  const auto options = std::make_shared<SelectOptions>();
  CLI::App* command =
      flash.add_subcommand("select", "Make a slot the one that boots, in a copy of a dump.");
  add_dump_options(*command, options->dump, "dump to write");
  command->add_option("SLOT", options->slot, "its name in the table: ota_0, factory")->required();
  command->add_flag("--force", options->force, "also where the slot holds no sound image");
  command->footer(
      "Examples:\n"
      "  updraft flash select dump.bin ota_0 -o repaired.bin && updraft inspect repaired.bin\n");
  command->callback([options] { select(*options); });
}

void add_flash_erase_otadata(CLI::App& flash) {
  const auto options = std::make_shared<DumpOptions>();
  CLI::App* command = flash.add_subcommand(
      "erase-otadata", "Forget the boot choice, in a copy of a dump: factory boots, or ota_0.");
  add_dump_options(*command, *options, "dump to write");
  command->footer(
      "Examples:\n"
      "  updraft flash erase-otadata dump.bin -o repaired.bin\n");
  command->callback([options] { erase(*options); });
}

}  // namespace updraft::cli

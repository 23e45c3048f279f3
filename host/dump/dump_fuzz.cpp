// Every reader of a dump, the first byte says which.
#include "host/dump/bootloader.hpp"
#include "host/dump/core_dump.hpp"
#include "host/dump/dump_flash.hpp"
#include "host/dump/efuse_summary.hpp"
#include "host/dump/memory.hpp"
#include "host/dump/nvs.hpp"
#include "host/dump/secure_boot.hpp"
#include "host/dump/table.hpp"
#include "tests/fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  if (size == 0) return 0;
  const Bytes all = fuzz::input(data, size);
  const Bytes bytes = all.subspan(1);
  switch (data[0] % 8) {
    case 0:
      fuzz::check(dump::read_nvs(bytes).entries.size() <= dump::kMaxNvsEntries, "a limit holds");
      break;
    case 1:
      fuzz::check(dump::read_core_dump(bytes).tasks.size() <= dump::kMaxCoreTasks, "a limit holds");
      break;
    case 2: {
      const dump::TableReading table = dump::read_table(bytes);
      fuzz::check(table.faults.size() <= dump::kMaxTableFaults, "a limit holds");
      (void)dump::doubts_about(table.table);
      break;
    }
    case 3:
      fuzz::check(dump::read_table_text(as_text(bytes)).faults.size() <= dump::kMaxTableFaults,
                  "a limit holds");
      break;
    case 4:
      (void)dump::read_efuse_summary(as_text(bytes));
      break;
    case 5:
      (void)dump::read_bootloader(bytes);
      break;
    case 6:
      fuzz::check(
          dump::signature_blocks(bytes, static_cast<std::uint32_t>(bytes.size() / 3)).size() <=
              dump::kMaxSignatureBlocks,
          "a limit holds");
      break;
    default: {
      dump::DumpFlash flash(bytes, 0,
                            static_cast<std::uint32_t>(bytes.size() / kFlashSector * kFlashSector));
      (void)dump::read_memory(flash, {0x100000, 0x100000});
    }
  }
  return 0;
}

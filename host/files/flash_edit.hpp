// Changes to a copy of a flash dump: which slot boots next, and a dump from its parts.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/format/partition_table.hpp"

namespace updraft::files {

// The bytes of a partition in a file that begins at flash offset `base`, as far as they are there.
MutableBytes partition_bytes(MutableBytes file, std::uint32_t base,
                             const format::Partition& partition);

// Makes otadata blank: the factory app boots, or else ota_0. False: it is not whole in the file.
bool erase_otadata(MutableBytes file, std::uint32_t base, const format::Partition& otadata);

// Makes ota_<slot> of `slots` the choice, confirmed, as esp_ota_set_boot_partition chooses the
// record and its number. False: otadata is not whole in the file, or its numbers are used up.
bool select_slot(MutableBytes file, std::uint32_t base, const format::Partition& otadata,
                 std::uint32_t slot, std::uint32_t slots);

struct FlashPart {
  std::string name;
  std::uint32_t offset = 0;
  std::vector<std::byte> bytes;
};

// One image of all parts, from flash offset `from` on, FF between them: what `esptool merge-bin`
// makes. `problem` says which parts are in each other's way; else it is empty.
std::vector<std::byte> merge(std::vector<FlashPart> parts, std::uint32_t from,
                             std::string& problem);

}  // namespace updraft::files

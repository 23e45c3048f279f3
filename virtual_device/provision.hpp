// Making a new virtual device: the content of its flash as a factory would write it.
#pragma once
#include <cstddef>
#include <vector>

#include "engine/format/partition_table.hpp"
#include "virtual_device/identity.hpp"
#include "virtual_device/options.hpp"

namespace updraft::device {

// otadata, two app slots of 3/8 of the flash each (3 MiB of 8), the rest for Updraft's own data.
format::PartitionTable default_partitions(std::uint32_t flash_size, std::uint32_t table_offset);

// Chip, eFuses, bootloader and the table's place as the options say; without an option the chip is
// that of `firmware`. All throw std::runtime_error with a sentence.
Identity make_identity(const Options& options, Bytes firmware);

// The firmware to begin with: the file of the options, else a demo image for the chip.
std::vector<std::byte> first_firmware(const Options& options);

// A whole flash: table at its place, firmware in the slot that boots first, all else erased. Where
// the table has a rescue app that is there as well, and ota_0, which has the firmware, is chosen.
std::vector<std::byte> make_flash(const Options& options, const Identity& identity, Bytes firmware);

}  // namespace updraft::device

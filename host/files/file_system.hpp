// File systems that ESP-IDF makes, by the signs in their first blocks.
#pragma once
#include <optional>

#include "updraft/bytes.hpp"

#include "host/files/kinds.hpp"

namespace updraft::files {

// LittleFS, SPIFFS or FAT, the latter also where wear levelling has moved its first sector.
std::optional<Kind> file_system_of(Bytes partition);

}  // namespace updraft::files

// What the chip under the running application is: its eFuses, and why it started.
#pragma once
#include "updraft/updater.hpp"

namespace updraft::esp_idf {

ChipFacts chip_facts();
// StartedBy::power for power, brown-out, the reset pin (also when USB or JTAG pulls it) and an
// unknown reason. Every other reset was caused by the firmware.
StartedBy started_by();

}  // namespace updraft::esp_idf

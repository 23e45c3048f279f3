// What the chip under the running application is: its eFuses, and why it started.
#pragma once
#include "updraft/updater.hpp"

namespace updraft::esp_idf {

ChipFacts chip_facts();
// Power, brown-out, the reset pin (also the one that USB and JTAG pull) and what only those
// explain: power. Everything else the firmware did.
StartedBy started_by();

}  // namespace updraft::esp_idf

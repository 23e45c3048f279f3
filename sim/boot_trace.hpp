// The longer sentences of a boot trace.
#pragma once
#include <string>

#include "updraft/result.hpp"

#include "engine/format/otadata.hpp"

namespace updraft::sim {

// "record 1: seq 2 for ota_1, new"; `slots` 0: without the slot.
std::string describe_record(std::size_t i, const format::OtaRecord& record, std::uint32_t slots);

// Why an app does not boot: "image checksum wrong".
std::string describe_refusal(const Error& error);

}  // namespace updraft::sim

// The data partitions of a flash, each also as a file of its own.
#pragma once
#include "updraft/bytes.hpp"

#include "cli/inspect/finding.hpp"
#include "host/dump/efuse_summary.hpp"
#include "host/dump/memory.hpp"

namespace updraft::cli {

Finding describe_nvs(Bytes partition);
Finding describe_core_dump(Bytes partition);
Finding describe_memory(const dump::MemoryReading& memory);
Finding describe_efuses(const dump::EfuseSummary& summary);

}  // namespace updraft::cli

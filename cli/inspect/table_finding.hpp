// Partition tables and otadata that are files of their own.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"

#include "cli/inspect/finding.hpp"

namespace updraft::cli {

Finding describe_table(Bytes table);
// `encoding`: of the file that the text was in.
Finding describe_table_text(std::string_view csv, std::string_view encoding,
                            std::uint32_t table_offset);
Finding describe_otadata(Bytes otadata);

}  // namespace updraft::cli

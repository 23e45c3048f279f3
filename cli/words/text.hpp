// Words and numbers as people read them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "updraft/bytes.hpp"

#include "host/desk/printable.hpp"

namespace updraft::cli {

std::string human_bytes(std::uint64_t bytes);     // "812 B", "64.0 KiB", "1.7 MiB"
std::string human_rate(double bytes_per_second);  // "2.3 MiB/s"
std::string human_seconds(double seconds);        // "0.4 s", "12 s", "3 min 05 s"
std::string hex(Bytes bytes);                     // lower case, no separators
std::string digest_prefix(Bytes digest);          // first 16 hex digits: how images are named
// `text` in lines of at most `columns` characters, all but the first with `indent` blanks before
// it. A word that is longer has a line of its own.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);
using host::printable;

}  // namespace updraft::cli

// Text from outside, made safe to show.
#pragma once
#include <string>
#include <string_view>

namespace updraft::host {

// Control and non-ASCII bytes become \xNN: for what devices say, who have no reason for others.
std::string printable(std::string_view text);

// The same for what people write, file names above all: letters of all languages stay. Bytes that
// are no UTF-8, controls (C0, DEL, C1) and marks that turn the direction of writing become \xNN, so
// the text is valid UTF-8, one line, and does nothing to a terminal.
std::string readable(std::string_view text);

}  // namespace updraft::host

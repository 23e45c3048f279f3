// A short text as a QR code, drawn with half blocks: two rows of it in each line.
#pragma once
#include <string>
#include <string_view>

namespace updraft::cli {

// Its lines, with the margin that readers want. `colour`: black on white, whatever the terminal's
// colours are; without, white is what the terminal writes with. Empty: it is too long.
std::string qr_code(std::string_view text, bool colour);

// Draws it where standard output is a terminal that can show it: wide enough, in UTF-8. Else
// nothing is drawn; the text itself is said by the caller.
void draw_qr_code(std::string_view text);

}  // namespace updraft::cli

// Text from outside (names, versions, messages of a peer) is not trusted to be printable: before a
// terminal, a log or a page shows it, each control and non-ASCII byte becomes \xNN.
#pragma once
#include "engine/core/hex.hpp"

namespace updraft {

constexpr bool is_printable(char c) { return c >= 0x20 && c < 0x7F; }

// Calls `write` with pieces of text, one or more for each character.
template <class Write>
constexpr void write_printable(std::string_view text, Write write) {
  for (const char& c : text) {
    if (is_printable(c)) {
      write(std::string_view(&c, 1));
    } else {
      write(std::string_view("\\x"));
      write(HexByte(static_cast<std::byte>(c)).view());
    }
  }
}

}  // namespace updraft

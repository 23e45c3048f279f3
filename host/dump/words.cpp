#include "host/dump/words.hpp"

#include "engine/core/hex.hpp"
#include "engine/core/printable.hpp"

namespace updraft::dump {

std::string hex(Bytes bytes) {
  std::string text;
  for (const std::byte b : bytes) text += HexByte(b).view();
  return text;
}

std::string printable(std::string_view text) {
  std::string safe;
  write_printable(text, [&safe](std::string_view piece) { safe += piece; });
  return safe;
}

}  // namespace updraft::dump

// Bytes and text from a dump as people read them.
#pragma once
#include <string>

#include "updraft/bytes.hpp"

#include "engine/core/hex.hpp"
#include "host/desk/printable.hpp"

namespace updraft::dump {

using host::printable;

inline std::string hex(Bytes bytes) {  // lower case, no separators
  std::string text;
  for (const std::byte b : bytes) text += HexByte(b).view();
  return text;
}

}  // namespace updraft::dump

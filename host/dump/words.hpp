// Bytes and text from a dump as people read them.
#pragma once
#include <string>
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft::dump {

std::string hex(Bytes bytes);                  // lower case, no separators
std::string printable(std::string_view text);  // control and non-ASCII bytes become \xNN

}  // namespace updraft::dump

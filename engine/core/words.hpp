// Words of ASCII without regard to case: names of hosts, of header fields, of files on a card. No
// locale has a say in it.
#pragma once
#include <string_view>

namespace updraft {

constexpr char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b);

}  // namespace updraft

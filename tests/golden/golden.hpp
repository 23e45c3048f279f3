// Golden bytes: tests/golden/<name>.hex holds hex digits, blanks ignored, `#` comments to the end
// of the line. `ff*2816` repeats a byte. Digits are read and
// written here once more, so that no test judges the library's hex by itself.
#pragma once
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::golden {

inline std::vector<std::byte> from_hex(const std::string& text) {
  std::vector<std::byte> bytes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    for (std::string word; words >> word;) {
      const std::size_t star = word.find('*');
      const std::size_t times = star == std::string::npos ? 1 : std::stoul(word.substr(star + 1));
      const std::string digits = word.substr(0, star);
      if (digits.size() % 2 != 0) throw std::runtime_error("odd number of hex digits: " + word);
      for (std::size_t n = 0; n < times; ++n) {
        for (std::size_t i = 0; i < digits.size(); i += 2) {
          bytes.push_back(static_cast<std::byte>(std::stoul(digits.substr(i, 2), nullptr, 16)));
        }
      }
    }
  }
  return bytes;
}

inline std::string to_hex(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte b : bytes) {
    text += kDigits[std::to_integer<unsigned>(b) >> 4];
    text += kDigits[std::to_integer<unsigned>(b) & 15];
  }
  return text;
}

// The golden file of that name, as it is.
inline std::string text(const std::string& name) {
  const std::string path = std::string(UPDRAFT_SOURCE_DIR "/tests/golden/") + name;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("no golden file " + path);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

inline std::vector<std::byte> bytes(const std::string& name) {
  return from_hex(text(name + ".hex"));
}

}  // namespace updraft::golden

#include "cli/words/chip_option.hpp"

#include <string>

namespace updraft::cli {

CLI::Validator as_esptool_spells() {
  return {[](std::string& name) {
            std::string plain;
            for (const char c : name) {
              if (c == '-' || c == '_' || c == ' ') continue;
              plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            }
            name = plain;
            return std::string();
          },
          ""};
}

}  // namespace updraft::cli

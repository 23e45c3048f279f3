#include "host/desk/printable.hpp"

#include "engine/core/printable.hpp"

namespace updraft::host {

std::string printable(std::string_view text) {
  std::string safe;
  write_printable(text, [&safe](std::string_view piece) { safe += piece; });
  return safe;
}

}  // namespace updraft::host

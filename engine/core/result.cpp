#include "updraft/result.hpp"

namespace updraft {

std::string_view name(Where where) {
  constexpr std::string_view kNames[] = {"link",    "gate", "inflate", "delta",   "image", "table",
                                         "otadata", "slot", "boot",    "journal", "device"};
  return kNames[static_cast<std::size_t>(where)];
}

}  // namespace updraft

#include "updraft/result.hpp"

#include "updraft/intake.hpp"

namespace updraft {

std::string_view name(Where where) {
  constexpr std::string_view kNames[] = {"link",    "gate", "inflate", "delta",   "image", "table",
                                         "otadata", "slot", "boot",    "journal", "device"};
  return kNames[static_cast<std::size_t>(where)];
}

std::string_view name(Scheme scheme) {
  constexpr std::string_view kNames[] = {"raw", "req", "bundle", "ws", "control"};
  return kNames[static_cast<std::size_t>(scheme)];
}

}  // namespace updraft

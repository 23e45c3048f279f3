#include "protocols/ws/ws_targets.hpp"

#include <utility>

namespace updraft::link {

bool PartTargets::hears(std::string_view name, std::string_view value) {
  const bool is_way = name == "otaOneWay";
  if (is_way) one_way_ = value == "true";
  if (name != "otaTarget") return false;
  target_ = parts::kApp;
  const Result<std::uint8_t> found = targets_.find_target(value);
  outcome_ = outcome_of(found);
  if (found) target_ = *found;
  named_ = Text<parts::kTargetChars>(value);
  return true;
}

void PartTargets::aim(Offer& offer) {
  offer.target = std::exchange(target_, parts::kApp);
  offer.one_way = std::exchange(one_way_, false);
}

}  // namespace updraft::link

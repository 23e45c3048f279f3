// Which of two version texts is the older one, as far as can be said: "v1.2.3", "1.2.3-rc1",
// "2.0-14-g1a2b3c4-dirty", as people and `git describe` write them. web/ota.html has the same
// rules.
#pragma once
#include <string_view>

namespace updraft::format {

// True only where both are numbers with dots between them, after an optional v, and a suffix at
// most: the numbers differ; or they are the same, and `a` has a suffix of a pre-release that `b`
// lacks, or `b` is commits ahead of the tag that `a` is. A hash or a name has no order.
bool is_older(std::string_view a, std::string_view b);

}  // namespace updraft::format

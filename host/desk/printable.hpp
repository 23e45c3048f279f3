// Text from outside, made safe to show: control and non-ASCII bytes become \xNN.
#pragma once
#include <string>
#include <string_view>

namespace updraft::host {

std::string printable(std::string_view text);

}  // namespace updraft::host

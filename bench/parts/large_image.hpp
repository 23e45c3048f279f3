// An image that is large enough to time: 16 segments of nearly 16 MiB, the most the format allows.
#pragma once
#include <cstddef>
#include <vector>

namespace updraft::bench {

std::vector<std::byte> make_large_image();

}  // namespace updraft::bench

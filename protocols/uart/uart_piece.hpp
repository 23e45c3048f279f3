// What both ends of uart: agree on.
#pragma once
#include <cstddef>

namespace updraft::link {

inline constexpr std::size_t kUartPiece =
    1024;  // bytes that a host sends before it waits for CR LF

}  // namespace updraft::link

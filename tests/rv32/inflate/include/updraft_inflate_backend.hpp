// TEST ONLY: no inflate on the 32-bit proof. On the chip it is in ROM (engine/codec/miniz).
#pragma once

namespace updraft::codec {
struct InflateState {};
}  // namespace updraft::codec

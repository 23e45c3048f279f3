// What a CborWriter writes, in memory of the right size.
#pragma once
#include <vector>

#include "engine/suit/cbor_writer.hpp"

namespace updraft::host {

template <class Write>
std::vector<std::byte> written(Write write) {
  suit::CborWriter measure{MutableBytes{}};
  write(measure);
  std::vector<std::byte> out(measure.size());
  suit::CborWriter real(out);
  write(real);
  return out;
}

}  // namespace updraft::host

#include "engine/suit/data_component.hpp"

#include <algorithm>

#include "engine/suit/cbor_reader.hpp"

namespace updraft::suit {

std::string_view data_label(Bytes name) {
  CborReader in(name);
  if (in.array() != 2 || as_text(in.bytes()) != "fs") return {};
  const std::string_view label = as_text(in.bytes());
  const bool printable = std::ranges::all_of(label, [](char c) { return c > ' ' && c < 0x7F; });
  const bool sound = in.at_end() && label.size() <= kMostDataLabel && printable;
  return sound ? label : std::string_view{};
}

}  // namespace updraft::suit

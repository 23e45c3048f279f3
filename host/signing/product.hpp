// Who a package is for: names as people write them, ids as devices compare them (spec/suit.md
// section 2).
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "updraft/bytes.hpp"

#include "engine/suit/cbor.hpp"

namespace updraft::host {

using Id = std::array<std::byte, suit::kIdBytes>;

// UUID version 5 of a name in the namespace of another one (RFC 9562).
Id uuid5(const Id& space, std::string_view name);

// 32 hex digits (with or without the hyphens of a UUID), or the vendor's domain. Throws
// Trouble(usage).
Id read_vendor(std::string_view text);
// 32 hex digits, or PRODUCT/CHIP/HARDWARE of that vendor. Throws Trouble(usage).
Id read_class(const Id& vendor, std::string_view text);

struct Product {
  Id vendor{};
  Id class_id{};
};
// VENDOR/PRODUCT/CHIP/HARDWARE. Throws Trouble(usage).
Product read_product(std::string_view text);

}  // namespace updraft::host

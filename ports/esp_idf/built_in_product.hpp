// The product that menuconfig names (CONFIG_UPDRAFT_PRODUCT); the build makes its ids of that.
#pragma once
#include <cstdint>

namespace updraft::esp_idf {

// 16 bytes each; nullptr: none is named.
const std::uint8_t* built_in_vendor();
const std::uint8_t* built_in_class();

}  // namespace updraft::esp_idf

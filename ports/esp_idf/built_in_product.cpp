#include "ports/esp_idf/built_in_product.hpp"

#ifdef UPDRAFT_BUILT_IN_PRODUCT  // by built_in_product.cmake, with a source that has these
extern const unsigned char updraft_built_in_vendor[16];
extern const unsigned char updraft_built_in_class[16];
#endif

namespace updraft::esp_idf {

#ifdef UPDRAFT_BUILT_IN_PRODUCT
const std::uint8_t* built_in_vendor() { return updraft_built_in_vendor; }
const std::uint8_t* built_in_class() { return updraft_built_in_class; }
#else
const std::uint8_t* built_in_vendor() { return nullptr; }
const std::uint8_t* built_in_class() { return nullptr; }
#endif

}  // namespace updraft::esp_idf

#include "ports/esp_idf/built_in_key_set.hpp"

#ifdef UPDRAFT_BUILT_IN_KEY_SET  // by built_in_key_set.cmake, with a source that has these
extern const unsigned char updraft_built_in_key_set[];
extern const unsigned updraft_built_in_key_set_bytes;
#endif

namespace updraft::esp_idf {

Bytes built_in_key_set() {
#ifdef UPDRAFT_BUILT_IN_KEY_SET
  return {reinterpret_cast<const std::byte*>(updraft_built_in_key_set),
          updraft_built_in_key_set_bytes};
#else
  return {};
#endif
}

}  // namespace updraft::esp_idf

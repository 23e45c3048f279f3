// The KeySet that menuconfig names (CONFIG_UPDRAFT_KEYSET_FILE); the build puts it into the app.
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::esp_idf {

Bytes built_in_key_set();  // empty: none is named

}  // namespace updraft::esp_idf

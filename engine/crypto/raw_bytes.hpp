// Our bytes as libraries in C take them.
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::crypto {

inline const unsigned char* raw(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* raw(MutableBytes bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace updraft::crypto

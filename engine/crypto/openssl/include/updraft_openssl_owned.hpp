// OpenSSL's objects with an owner: Owned<BIGNUM, BN_clear_free>.
#pragma once
#include <memory>

namespace updraft::crypto {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

}  // namespace updraft::crypto

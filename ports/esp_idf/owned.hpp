// Memory that may be refused. ESP-IDF builds products without
// exceptions, where operator new, nothrow or not, ends the program when there is no memory.
#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "esp_heap_caps.h"

namespace updraft::esp_idf {

struct GiveBack {
  template <class T>
  void operator()(T* object) const {
    object->~T();
    heap_caps_free(object);
  }
};
template <class T>
using Owned = std::unique_ptr<T, GiveBack>;

// nullptr: there is not enough.
template <class T, class... Arguments>
Owned<T> make_owned(Arguments&&... arguments) {
  static_assert(alignof(T) <= alignof(std::max_align_t));  // what malloc() gives
  void* const place = heap_caps_malloc(sizeof(T), MALLOC_CAP_DEFAULT);
  if (place == nullptr) return nullptr;
  return Owned<T>(new (place) T(std::forward<Arguments>(arguments)...));
}

// The same where the holder must not refer to the code of T (named.hpp): it is given back through a
// pointer.
struct GiveBackBy {
  void (*way)(void* object) = nullptr;
  void operator()(void* object) const { way(object); }
};
template <class T>
using OwnedPart = std::unique_ptr<T, GiveBackBy>;

template <class T>
OwnedPart<T> as_part(Owned<T> object) {
  return {object.release(), {[](void* mine) { GiveBack{}(static_cast<T*>(mine)); }}};
}

}  // namespace updraft::esp_idf

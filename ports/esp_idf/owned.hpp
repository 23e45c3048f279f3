// Memory that is taken once, at the start, and that may be refused. ESP-IDF builds products without
// exceptions, where operator new, nothrow or not, ends the program when there is no memory.
#pragma once
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
  void* const place = heap_caps_aligned_alloc(alignof(T), sizeof(T), MALLOC_CAP_DEFAULT);
  if (place == nullptr) return nullptr;
  return Owned<T>(new (place) T(std::forward<Arguments>(arguments)...));
}

}  // namespace updraft::esp_idf

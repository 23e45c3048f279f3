#include "ports/esp_idf/heap_lender.hpp"

#include "esp_heap_caps.h"

namespace updraft::esp_idf {
namespace {

std::byte* take(std::size_t bytes) {
  return static_cast<std::byte*>(heap_caps_malloc(bytes, MALLOC_CAP_DEFAULT));
}

}  // namespace

HeapLender::~HeapLender() { heap_caps_free(reserved_); }

bool HeapLender::reserve(std::size_t bytes) {
  reserved_ = take(bytes);
  bytes_ = bytes;
  return reserved_ != nullptr;
}

std::byte* HeapLender::lend(std::size_t bytes) {
  if (reserved_ == nullptr) return take(bytes);
  if (bytes > largest()) return nullptr;
  lent_ = true;
  return reserved_;
}

void HeapLender::take_back(std::byte* memory) {
  if (memory == reserved_) {
    lent_ = false;
  } else {
    heap_caps_free(memory);
  }
}

std::size_t HeapLender::largest() const {
  if (reserved_ == nullptr) return heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT);
  return lent_ ? 0 : bytes_;
}

}  // namespace updraft::esp_idf

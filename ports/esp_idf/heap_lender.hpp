// Memory that is borrowed for the time of an update, from the chip's heap: what is reserved at the
// start (updraft_config_t::reserve_memory), else whatever is free then.
#pragma once
#include "engine/core/lender.hpp"

namespace updraft::esp_idf {

class HeapLender final : public Lender {
 public:
  HeapLender() = default;
  ~HeapLender();
  HeapLender(const HeapLender&) = delete;
  HeapLender& operator=(const HeapLender&) = delete;

  // Takes so many bytes now, for all that is lent later, one piece at a time. Once. False: there
  // are not so many.
  bool reserve(std::size_t bytes);

  std::byte* lend(std::size_t bytes) override;
  void take_back(std::byte* memory) override;
  std::size_t largest() const override;

 private:
  std::byte* reserved_ = nullptr;
  std::size_t bytes_ = 0;  // of it
  bool lent_ = false;
};

}  // namespace updraft::esp_idf

// A store that is being written, as the flash of a SlotWriter: what a patch makes is read back
// while it is made. It comes from front to back, and every sector of a store is blank before it is
// written.
#pragma once
#include "engine/parts/sparse_store.hpp"

namespace updraft::parts {

class StoreFlash final : public Flash {
 public:
  // `area`: where the store stands. Both outlive it. `size`: bytes of the content, at most.
  StoreFlash(StoreWriter& store, Flash& area, std::uint32_t size)
      : store_(store), area_(area), size_(size) {}

  std::uint32_t size() const override { return size_; }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    return store_.read(offset, out);
  }
  Result<> program(std::uint32_t offset, Bytes data) override { return store_.write(offset, data); }
  Result<> erase(std::uint32_t, std::uint32_t) override { return {}; }
  bool erased_reads_blank() const override { return area_.erased_reads_blank(); }
  FlashTimes times() const override { return area_.times(); }
  void yield() override { area_.yield(); }

 private:
  StoreWriter& store_;
  Flash& area_;
  std::uint32_t size_;
};

}  // namespace updraft::parts

// What a virtual device tells by native push, and does for its owner.
#pragma once
#include "protocols/native/native_board.hpp"
#include "virtual_device/door.hpp"
#include "virtual_device/pairing_file.hpp"

namespace updraft::device {

class NativeBoard final : public link::NativeBoard {
 public:
  explicit NativeBoard(const DoorContext& context);

  PairingFile& pairing() { return pairing_; }
  const PairingFile& pairing() const { return pairing_; }
  void count_refused() { ++refused_; }

  void describe(link::NativeFacts& facts) override;
  link::NativeInstalled installed() override;
  Text<16> other_slot() override;
  Result<> arm(std::uint64_t seconds) override { return context_.arm(seconds); }
  std::uint64_t newest_event() override { return context_.events.newest(); }
  std::string_view event(std::uint64_t number) override { return context_.events.told(number); }

 private:
  const DoorContext& context_;
  PairingFile pairing_;
  std::function<void(Status&)> fill_;
  std::uint32_t refused_ = 0;
};

}  // namespace updraft::device

// Who pushes to the device of the proof, and what the native push asks of the device around it.
#pragma once
#include "protocols/native/native_board.hpp"
#include "protocols/native/native_host.hpp"
#include "tests/rv32/peer.hpp"
#include "tests/rv32/signed_chip.hpp"

namespace updraft::rv32 {

class NativePeer final : public Peer {
 public:
  explicit NativePeer(link::NativeTask& task, std::uint64_t cut_after = kNoCut)
      : Peer(cut_after), host_(task) {
    host_.on_connected(clock_now);
  }
  const link::NativeHost& host() const { return host_; }

 private:
  void hear(Bytes said) override { host_.on_bytes(said, clock_now); }
  std::size_t say(MutableBytes out) override { return host_.write_to(out); }
  bool is_done() const override { return host_.phase() == link::Phase::closed; }
  void lose() override { host_.on_lost(clock_now); }

  link::NativeHost host_;
};

class Board final : public link::NativeBoard {
 public:
  explicit Board(SignedChip& device) : device_(device) {}
  void describe(link::NativeFacts& facts) override {
    facts.id = "a0b1c2d3e4f5";
    facts.chip = "esp32c3";
    facts.sequence = device_.signing().release();
    facts.key_set = device_.signing().key_set();
    facts.status.running = device_.chip().app().image;
    facts.status.slot = Text<16>(device_.chip().boot_control().running().label.view());
    facts.status.state = device_.chip().boot_control().running_state();
    facts.status.remembered_count = device_.updater().remembered(facts.status.remembered);
  }
  link::NativeInstalled installed() override {
    const Installed last = device_.updater().last_installed();
    return {Text<16>(last.slot.label.view()), last.image, last.trust};
  }
  Text<16> other_slot() override {
    const Result<Slot> other = device_.chip().boot_control().update_slot();
    return other ? Text<16>(other->label.view()) : Text<16>();
  }
  Result<> arm(std::uint64_t) override { return fail(Code::not_wanted, Where::device); }
  std::uint64_t newest_event() override { return 1; }
  std::string_view event(std::uint64_t number) override {
    return number == 1 ? std::string_view(R"({"event":"started"})") : std::string_view();
  }

 private:
  SignedChip& device_;
};

}  // namespace updraft::rv32

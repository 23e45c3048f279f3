// A device in memory with the native push.
#pragma once
#include <string>
#include <vector>

#include "engine/signing/test_signed_bench.hpp"
#include "protocols/native/test_native_ends.hpp"

namespace updraft::link {

inline void fixed_id(MutableBytes out) {  // that of the page's example
  constexpr std::uint8_t kId[] = {0x9f, 0x3c, 0x52, 0xd0, 0x7b, 0xe1, 0x1a, 0x64};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(kId[i % 8]);
}

class FakeBoard final : public NativeBoard {
 public:
  explicit FakeBoard(SignedBench& bench) : bench_(bench) {}
  void describe(NativeFacts& facts) override {
    facts.id = "a0b1c2d3e4f5";
    facts.chip = "esp32c3";
    facts.class_id = bench_.desk.product.class_id;
    facts.sequence = bench_.sequence();
    facts.key_set = bench_.signing->key_set_version();
    facts.status.slot = Text<16>(std::string_view("ota_0"));
    facts.status.state = bench_.boot.state;
    facts.armed = bench_.signing->armed() ? 300 : 0;
  }
  NativeInstalled installed() override {
    const Installed last = bench_.updater->last_installed();
    return {Text<16>(last.slot.label.view()), last.image, last.trust};
  }
  Text<16> other_slot() override { return Text<16>(std::string_view("ota_1")); }
  Result<> arm(std::uint64_t seconds) override {
    if (seconds < kLeastArmSeconds || seconds > kMostArmSeconds) {
      return fail(Code::not_wanted, Where::device);
    }
    bench_.signing->arm();
    return {};
  }
  std::uint64_t newest_event() override { return events.size(); }
  std::string_view event(std::uint64_t number) override {
    return number == 0 || number > events.size() ? std::string_view() : events[number - 1];
  }

  std::vector<std::string> events;

 private:
  SignedBench& bench_;
};

class NativeBench : public SignedBench {
 public:
  explicit NativeBench(std::uint32_t slot_bytes = 1024 * 1024) : SignedBench(slot_bytes) {}

  // A start, as of SignedBench; the app's own KeySet lies in its flash.
  void power_on(Bytes key_set = {}) {
    shared.reset();
    own_key_set_.assign(key_set.begin(), key_set.end());
    start(own_key_set_);
    shared.emplace(*updater, *updater, board, &fixed_id);
  }

  // What a device answers to these bytes, on a connection of its own.
  std::string ask(Bytes request, std::size_t step = 4096) {
    NativeDevice device(*shared);
    device.on_connected(now);
    std::string said;
    for (; !request.empty(); request = request.subspan(std::min(step, request.size()))) {
      device.on_bytes(at_most(request, step), now);
      said += said_by(device);
      if (device.phase() == Phase::closed) break;
    }
    if (device.phase() != Phase::closed) device.on_lost(now);
    wish = device.wish();
    return said;
  }
  std::string ask(const std::string& request) { return ask(as_bytes(request)); }

  // One connection of a task, cut once so many bytes went to the device. Its outcome.
  Result<> talk(NativeTask& task, std::uint64_t cut_after = NativeTalk::kNoCut) {
    NativeTalk one{.shared = *shared, .now = now, .cut_after = cut_after};
    const Result<> outcome = one.run(task);
    to_device += one.to_device;
    wish = one.wish;
    return outcome;
  }

  static constexpr std::size_t kSegment = NativeTalk::kSegment;
  FakeBoard board{*this};
  std::optional<NativeShared> shared;
  Instant now{};
  NativeWish wish = NativeWish::none;
  std::uint64_t to_device = 0;  // bytes, over all connections

 private:
  std::vector<std::byte> own_key_set_;
};

}  // namespace updraft::link

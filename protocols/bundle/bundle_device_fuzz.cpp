// One connection to the device's end of bundle:// as a script: answers right or wrong, pieces of
// any size, time, FIN, reset. Checks that the engine hears one session at most, in order, and that
// every connection comes to its end.
//
// Input: byte 0: what the engine refuses. Then steps: an op byte (low 3 bits) with a count (high 5
// bits); bytes that a step sends follow it.
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "protocols/bundle/bundle_device.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

using namespace std::chrono_literals;
using link::BundleDevice;

class StrictIntake final : public BundleIntake {
 public:
  explicit StrictIntake(unsigned mood) : mood_(mood) {}
  Result<> begin(const Offer& offer) override {
    check(!begun_ && offer.sender_proved, "one session, of a proved sender");
    begun_ = true;
    left_in_all_ = offer.size;
    return answer(1);
  }
  Result<> expect(std::string_view path, std::uint64_t) override {
    check(in_session_ && !opened_, "expect comes before open");
    check(is_bundle_path(path), "paths lead nowhere else");
    ++expected_;
    return answer(2);
  }
  Result<> open(std::string_view, std::uint64_t size) override {
    check(in_session_ && left_ == 0 && expected_-- > 0, "the file before is complete");
    opened_ = true;
    left_ = size;
    return answer(4);
  }
  Result<> write(Bytes bytes) override {
    check(in_session_ && !bytes.empty() && bytes.size() <= left_, "no more than announced");
    left_ -= bytes.size();
    left_in_all_ -= bytes.size();
    return answer(8);
  }
  Result<Taken> finish() override {
    check(in_session_ && left_ == 0 && expected_ == 0 && left_in_all_ == 0, "all of it is there");
    const Result<> ended = answer(16);
    in_session_ = false;
    if (!ended) return ended.error();
    return Taken::installed;
  }
  void abort(const Error&) override {
    check(in_session_, "abort ends a session");
    in_session_ = false;
  }
  void never_began(Scheme, const Error&) override {
    check(!begun_ && !never_began_, "never_began() comes once, and only without a session");
    never_began_ = true;
  }
  bool in_session() const { return in_session_; }

 private:
  Result<> answer(unsigned refusal) {
    in_session_ = (mood_ & refusal) == 0;
    return in_session_ ? Result<>{} : fail(Code::flash, Where::device);
  }
  unsigned mood_;
  bool never_began_ = false, begun_ = false, in_session_ = false, opened_ = false;
  std::size_t expected_ = 0;
  std::uint64_t left_ = 0, left_in_all_ = 0;
};

void count_up(MutableBytes out) { std::ranges::fill(out, std::byte{0x5A}); }

class Script {
 public:
  Script(BundleDevice& device, Bytes rest) : device_(device), rest_(rest) {}
  void run() {
    device_.on_connected(now_);
    while (!rest_.empty() && !closed()) step(take());
    wait(link::kBundleTotalMs + 1min);
    check(closed(), "silence ends it");
  }

 private:
  void step(std::uint8_t op) {
    const unsigned count = (op >> 3) + 1u;
    const auto pieces = [&](std::size_t size) {
      const Bytes part = rest_.first(std::min(size, rest_.size()));
      rest_ = rest_.subspan(part.size());
      device_.on_bytes(part, now_);
    };
    switch (op & 7) {
      case 0:
        return log_in();
      case 1:
        return pieces(count);
      case 2:
        return pieces(count * 64);
      case 3:
        return wait(count * 500ms);
      case 4:
        return announce(std::min<std::size_t>(count * 32, rest_.size()));
      case 5:
        return hear();
      case 6:
        return count == 1 ? device_.on_peer_done(now_) : device_.on_deadline(now_);
      case 7:
        return count == 1 ? device_.on_lost(now_) : wait(count * 10s);
    }
  }
  void hear() {
    std::array<std::byte, 7> part;
    while (device_.write_to(part) > 0) {
    }
  }
  void log_in() {
    link::Challenge challenge;
    std::ranges::copy(as_bytes("5a5a5a5a"), challenge.begin());
    device_.on_bytes(link::answer_to(challenge, "fuzz"), now_);
  }
  void announce(std::size_t size) {
    std::string field = std::to_string(size);
    field.insert(0, 10 - field.size(), ' ');
    device_.on_bytes(as_bytes(field), now_);
    const Bytes part = rest_.first(size);
    rest_ = rest_.subspan(size);
    device_.on_bytes(part, now_);
  }
  void wait(Millis time) {
    const Instant until = now_ + time;
    hear();
    if (!closed()) device_.on_waiting(now_);
    for (int fired = 0; !closed() && device_.deadline() && *device_.deadline() <= until; ++fired) {
      check(fired < 8, "each deadline moves something");
      now_ = std::max(now_, *device_.deadline());
      device_.on_deadline(now_);
      hear();
      if (!closed()) device_.on_waiting(now_);
    }
    now_ = until;
  }
  std::uint8_t take() {
    const std::uint8_t byte = load_u8(rest_, 0);
    rest_ = rest_.subspan(1);
    return byte;
  }
  bool closed() const { return device_.phase() == link::Phase::closed; }

  BundleDevice& device_;
  Bytes rest_;
  Instant now_{};
};

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  if (size == 0) return 0;
  static std::vector<std::byte> memory(link::kBundleMetaBytes);
  static link::ReservedBundleShared shared(memory);
  shared.guards = {};
  StrictIntake intake(data[0]);
  {
    BundleDevice device(intake, shared, {.password = "fuzz", .random = &count_up});
    Script(device, input(data, size).subspan(1)).run();
    check(!device.deadline(), "closed means closed");
  }
  check(!intake.in_session() && !shared.taken, "nothing is left open");
  return 0;
}

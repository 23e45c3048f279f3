// One connection to a device of the native push as a script. Checks that the engine hears its
// sessions in order, that every request gets one answer at most, and that every connection comes to
// its end; and that the session that was left behind ends as well.
//
// Input: byte 0: StrictIntake's mood. Then a LinkScript. The session's id is always the page's.
#include <string>

#include "protocols/native/native_device.hpp"
#include "tests/fakes/fake_steering.hpp"
#include "tests/fuzz/link_script.hpp"
#include "tests/fuzz/strict_intake.hpp"

namespace {

using namespace updraft;
using fuzz::check;

// An engine for senders that proved themselves, which is busy after a success.
class OfOwners final : public Intake {
 public:
  explicit OfOwners(unsigned mood) : strict_(kNative, mood, fuzz::StrictIntake::many) {}
  Result<> welcome(const Offer& offer) override { return strict_.welcome(unproved(offer)); }
  Result<> begin(const Offer& offer) override {
    check(offer.sender_proved, "who is heard is known");
    if (strict_.finished()) return fail(Code::busy, Where::device);
    return strict_.begin(unproved(offer));
  }
  Result<> write(Bytes bytes) override { return strict_.write(bytes); }
  Result<Taken> finish(PayloadEnd end) override { return strict_.finish(end); }
  void abort(const Error& why) override { strict_.abort(why); }
  void never_began(Scheme scheme, const Error& why) override {
    if (!strict_.finished()) strict_.never_began(scheme, why);
  }
  bool in_session() const { return strict_.in_session(); }

 private:
  static Offer unproved(Offer offer) {
    offer.sender_proved = false;
    return offer;
  }
  fuzz::StrictIntake strict_;
};

class Board final : public link::NativeBoard {
 public:
  void describe(link::NativeFacts& facts) override {
    facts.id = "a0b1c2d3e4f5";
    facts.chip = "esp32c3";
  }
  link::NativeInstalled installed() override { return {}; }
  Text<16> other_slot() override { return {}; }
  Result<> arm(std::uint64_t seconds) override {
    return seconds > 9 ? Result<>{} : Result<>(fail(Code::not_wanted, Where::device));
  }
  std::uint64_t newest_event() override { return 3; }
  std::string_view event(std::uint64_t number) override {
    return number == 2 ? std::string_view(R"({"event":"confirm"})") : std::string_view();
  }
};

void fixed_id(MutableBytes out) {
  constexpr std::uint8_t kId[] = {0x9f, 0x3c, 0x52, 0xd0, 0x7b, 0xe1, 0x1a, 0x64};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(kId[i % 8]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft::link;
  if (size < 2) return 0;
  OfOwners intake(data[0]);
  fakes::FakeSteering steering;
  steering.on_trial = (data[0] & 1) != 0;
  Board board;
  NativeShared shared(intake, steering, board, &fixed_id);
  NativeDevice device(shared);
  std::string said;
  fuzz::LinkScript script(
      device, fuzz::input(data, size).subspan(1),
      Millis{static_cast<Millis::rep>(kNativeMostWait * 1000)} + kNativeQuietMs + kNativeIdleMs,
      [&said](Bytes bytes) { said += as_text(bytes); });
  script.run();
  check(intake.in_session() == shared.session.is_open(), "both know of the session");
  shared.session.on_time(Instant::max());
  check(!intake.in_session(), "nobody comes back: the session is over");
  check(said.size() <= 4 * kNativeReplyBytes + 64 * script.sent(), "an answer for each request");
  return 0;
}

// One connection to the device's end of ws://, from its first frame on, as a script: messages right
// and wrong, frames of any head, pieces of any size, time, loss. Checks that the engine hears its
// calls in order, that no more than announced is written, and that every session ends.
//
// Input: byte 0: what engine and device refuse; byte 1: odd: a password is wanted. Then steps: an
// op byte (low 3 bits) with a count (high 5 bits); bytes that a step sends follow it.
#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <vector>

#include "protocols/ws/ws_channel.hpp"
#include "protocols/ws/ws_device.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

using namespace std::chrono_literals;
using namespace updraft::link;

// Bits of `mood`: 1 on trial; 2 busy; 4 refuses after 40 bytes; 8 refuses at the end; 16 no
// restart; 32 skips; 64 lets nothing in; 128 runs it already.
class StrictEngine final : public Intake, public Steering {
 public:
  explicit StrictEngine(unsigned mood) : mood_(mood) {}
  void want(const WsLogin& login) { login_ = &login; }  // before anything is asked
  Result<> welcome(const Offer& offer) override {
    check(!in_session_, "nothing is announced within a session");
    judge(offer);
    if ((mood_ & 64) != 0) return fail(Code::unsigned_image, Where::gate);
    return {};
  }
  Result<> begin(const Offer& offer) override {
    check(!in_session_, "one session at a time");
    judge(offer);
    if ((mood_ & 2) != 0) return fail(Code::busy, Where::device);
    in_session_ = true;
    left_ = offer.size;
    return {};
  }
  Result<> write(Bytes bytes) override {
    check(in_session_ && !bytes.empty() && bytes.size() <= left_, "no more than announced");
    left_ -= bytes.size();
    taken_ += bytes.size();
    if ((mood_ & 4) == 0 || taken_ <= 40) return {};
    return end(Code::wrong_chip);
  }
  Result<std::uint64_t> resume_at(std::uint64_t at) override {
    check(in_session_ && left_ > 0, "asked while there is more to come");
    if ((mood_ & 32) == 0) return at;
    const std::uint64_t skipped = std::min<std::uint64_t>(left_, 100);
    left_ -= skipped;
    return at + skipped;
  }
  Result<Taken> finish(PayloadEnd) override {
    check(in_session_ && left_ == 0, "finished when all is there");
    in_session_ = false;
    if ((mood_ & 8) != 0) return fail(Code::bad_hash, Where::image);
    return (mood_ & 128) != 0 ? Taken::current : Taken::installed;
  }
  void abort(const Error&) override {
    check(in_session_, "abort ends a session");
    in_session_ = false;
  }
  bool pending() const override { return (mood_ & 1) != 0; }
  Result<> confirm() override { return decide(); }
  Result<> may_decide(Scheme) override {
    check(login_ == nullptr, "who logged in decides, and nobody else");
    if ((mood_ & 64) != 0) return fail(Code::unsigned_image, Where::gate);
    decided_ = true;
    return {};
  }
  Result<> roll_back(RolledBack) override { return decide(); }
  Result<> let_in(const ImageName&) override {
    check(may(), "whoever decides was asked for");
    return fail(Code::not_remembered, Where::journal);
  }
  Result<> may_restart(Scheme) override {
    check(!in_session_, "its own update is over before it asks");
    check(login_ == nullptr || login_->passed(), "nobody asks without the password");
    if ((mood_ & 16) != 0) return fail(Code::unsigned_image, Where::gate);
    return {};
  }
  Result<> restart_into(std::string_view) override {
    check(may(), "whoever decides was asked for");
    check(!in_session_, "its own update is over before it asks");
    return decide();
  }
  void never_began(Scheme, const Error&) override {
    check(!in_session_, "an open session is aborted");
  }
  bool in_session() const { return in_session_; }

 private:
  Result<> end(Code code) {
    in_session_ = false;
    return fail(code, Where::image);
  }
  bool may() const { return login_ != nullptr ? login_->passed() : decided_; }
  void judge(const Offer& offer) const {
    check(login_ == nullptr || login_->passed(), "nothing is offered without the password");
    const bool honest = offer.sender_proved == (login_ != nullptr);
    check(offer.scheme == kWs && offer.size > 0 && honest, "an honest offer");
  }
  Result<> decide() {
    check(may(), "whoever decides was asked for");
    if (!pending()) return fail(Code::not_pending, Where::boot);
    mood_ &= ~1u;
    return {};
  }
  unsigned mood_;
  const WsLogin* login_ = nullptr;
  bool in_session_ = false, decided_ = false;
  std::uint64_t left_ = 0, taken_ = 0;
};

constexpr std::string_view kTexts[] = {
    R"({"name":"otaSize","value":100})",
    R"({"name":"otaSize","value":9000})",
    R"({"name":"otaCancel","value":"Cancel"})",
    R"({"name":"otaRestartEsp","value":"restart"})",
    R"({"name":"otaProcessRollback","value":"false"})",
    R"({"name":"otaProcessRollback","value":"true"})",
    R"({"name":"otaError","value":0})",
    R"({"name":"otaSize","value":0})",
    R"({"name":"otaRetry","value":"0011223344556677"})",
    R"({"name":"otaLogin","value":"answer"})",
    R"({"name":"otaLogin","value":"answer","answer":")"
    R"(867beb26da22cb12466fe84b324f136721d73addf0a900f5fb2bbf4bd8ea408a"})"};

// One that kTexts can answer.
void same_challenge(MutableBytes out) { std::ranges::fill(out, std::byte{0}); }

class Script {
 public:
  Script(WsChannel& channel, StrictEngine& engine, Bytes rest)
      : channel_(channel), engine_(engine), rest_(rest) {}
  void run() {
    channel_.on_connected(now_);
    while (!rest_.empty() && !closed()) step(take());
    wait(kWsIdleMs + kWsCloseMs + 1s);
    check(!engine_.in_session(), "silence ends an update");
  }

 private:
  void step(std::uint8_t op) {
    const unsigned count = (op >> 3) + 1u;
    switch (op & 7) {
      case 0:
        return deliver(part(count));
      case 1:
        return frame(WsOpcode::text, as_bytes(kTexts[count % std::size(kTexts)]));
      case 2:
        return frame(WsOpcode::binary, part(count * 8));
      case 3:
        return frame(WsOpcode::text, part(count * 4));
      case 4:
        return count < 16 ? wait(count * 500ms) : wait(count * 4s);
      case 5:
        return hear();
      case 6:
        return count == 1 ? channel_.on_lost(now_) : flood(count * 512);
      case 7:
        return head(count);
    }
  }
  Bytes part(std::size_t size) {
    const Bytes taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  void frame(WsOpcode opcode, Bytes payload) {
    const WsMask mask{};
    std::array<std::byte, kWsHeadBytes> bytes;
    const std::size_t size = write_ws_head({opcode, true, payload.size()}, &mask, bytes);
    deliver(Bytes(bytes).first(size));
    deliver(payload);
  }
  void flood(std::size_t size) {
    const std::vector<std::byte> bytes(size, std::byte{0x2a});
    frame(WsOpcode::binary, bytes);
  }
  // A head that the script writes, all of it.
  void head(unsigned count) {
    const WsMask mask{};
    std::array<std::byte, kWsHeadBytes> bytes;
    const Bytes length = part(8);
    std::uint64_t announced = 0;
    for (const std::byte b : length) announced = announced << 8 | std::to_integer<unsigned>(b);
    const auto opcode = static_cast<WsOpcode>(count & 15u);
    deliver(Bytes(bytes).first(write_ws_head({opcode, count < 16, announced}, &mask, bytes)));
  }
  void deliver(Bytes bytes) {
    if (closed() || bytes.empty()) return;
    channel_.on_bytes(bytes, now_);
    if (!closed()) channel_.on_waiting(now_);
  }
  void hear() {
    std::array<std::byte, 50> room;
    while (channel_.write_to(room) > 0) {
    }
  }
  void wait(Millis time) {
    const Instant until = now_ + time;
    if (!closed()) channel_.on_waiting(now_);
    for (int fired = 0; !closed() && channel_.deadline() && *channel_.deadline() <= until;
         ++fired) {
      check(fired < 8, "each deadline moves something");
      now_ = std::max(now_, *channel_.deadline());
      channel_.on_deadline(now_);
      if (!closed()) channel_.on_waiting(now_);
    }
    now_ = until;
  }
  std::uint8_t take() { return load_u8(part(1), 0); }
  bool closed() const { return channel_.phase() == Phase::closed; }

  WsChannel& channel_;
  StrictEngine& engine_;
  Bytes rest_;
  Instant now_{};
};

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  if (size < 2) return 0;
  fuzz::StrictEngine engine(data[0]);
  {
    link::LoginGuards guards;
    link::PasswordLogin login(guards, {.password = "hunter2", .random = &fuzz::same_challenge});
    const bool wants = (data[1] & 1) != 0;
    if (wants) engine.want(login);
    link::WsDevice device(engine, engine, {.login = wants ? &login : nullptr});
    link::WsChannel channel(device, link::WsSide::server);
    fuzz::Script(channel, engine, fuzz::input(data, size).subspan(2)).run();
  }
  fuzz::check(!engine.in_session(), "nothing is left open");
  return 0;
}

// TLS around a link, both ends: bytes of anybody, and a good conversation that somebody on the way
// spoils. Nothing but what the other end said reaches an inner link, and the connection ends.
//
// Input: byte 0 chooses. Even: bit 1 is the end that hears the rest. Odd: bit 1 is the direction
// that is spoiled; of the rest, four bytes each: 16 bits of a place, what is done there, with what.
#include <chrono>
#include <string>

#include "ports/linux/tls_link.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

constexpr Millis kPatience{5'000};

// Says its line, and is done when it has heard as much as the other one says.
class Speaker final : public link::Link {
 public:
  Speaker(std::string line, std::size_t wants) : line_(std::move(line)), wants_(wants) {}
  void on_connected(Instant now) override { due_ = now + kPatience; }
  void on_bytes(Bytes rx, Instant) override {
    check(!closed_, "nothing comes behind the end");
    heard_.append(as_text(rx));
    if (heard_.size() >= wants_ && said_ == line_.size()) closed_ = true;
  }
  void on_peer_done(Instant) override { closed_ = true; }
  void on_lost(Instant) override { closed_ = true; }
  void on_deadline(Instant now) override { closed_ = closed_ || now >= due_; }
  std::size_t write_to(MutableBytes tx) override {
    const std::size_t size = std::min(tx.size(), line_.size() - said_);
    std::copy_n(as_bytes(line_).begin() + static_cast<std::ptrdiff_t>(said_), size, tx.begin());
    said_ += size;
    if (heard_.size() >= wants_ && said_ == line_.size()) closed_ = true;
    return size;
  }
  std::optional<Instant> deadline() const override {
    return closed_ ? std::nullopt : std::optional(due_);
  }
  link::Phase phase() const override { return closed_ ? link::Phase::closed : link::Phase::open; }
  Result<> outcome() const override { return {}; }
  const std::string& heard() const { return heard_; }

 private:
  std::string line_, heard_;
  std::size_t wants_, said_ = 0;
  bool closed_ = false;
  Instant due_{};
};

const linux_port::TlsIdentity& identity() {
  static const linux_port::TlsIdentity made = linux_port::make_self_signed({"localhost"});
  return made;
}
const linux_port::TlsContext& server() {
  static const linux_port::TlsContext context(identity());
  return context;
}
const linux_port::TlsContext& client() {
  static const linux_port::TlsContext context(
      "localhost",
      {.anybody = false, .fingerprint = linux_port::fingerprint(identity().certificate)});
  return context;
}

const std::string kAsks(3000, 'a'), kAnswers(20'000, 'b');

void hear_anybody(Bytes wire, bool as_server) {
  Speaker inner(kAnswers, kAsks.size());
  linux_port::TlsLink link(as_server ? server() : client(), inner);
  Instant now{};
  std::array<std::byte, 4096> room;
  link.on_connected(now);
  for (Bytes rest = wire; !rest.empty() && link.phase() == link::Phase::open;) {
    const Bytes part = at_most(rest, 1 + load_u8(rest, 0));
    rest = rest.subspan(part.size());
    link.on_bytes(part, now);
    while (link.write_to(room) > 0) {
    }
  }
  check(inner.heard().empty() && !link.greeted(), "who has no keys says nothing to the inner link");
  now += kPatience;
  if (link.phase() == link::Phase::open) link.on_deadline(now);
  check(link.phase() == link::Phase::closed && !link.deadline(), "silence ends it");
}

// What moves in one direction, with changes at places of it.
class Spoiler {
 public:
  explicit Spoiler(Bytes script) : script_(script) {}
  std::size_t spoil(MutableBytes moved) {
    std::size_t left = moved.size();
    while (script_.size() >= 4) {
      const std::size_t place = load_le16(script_, 0) % 8192;
      if (place >= passed_ + moved.size()) break;
      const unsigned what = load_u8(script_, 2), with = load_u8(script_, 3);
      const std::size_t at = place < passed_ ? 0 : place - passed_;
      if (what % 4 == 0) left = std::min(left, at);  // the rest of this piece is lost
      if (what % 4 != 0) moved[at] ^= static_cast<std::byte>(with);
      spoiled_ = spoiled_ || what % 4 == 0 || with != 0;
      script_ = script_.subspan(4);
    }
    passed_ += moved.size();
    return left;
  }
  bool spoiled() const { return spoiled_; }

 private:
  Bytes script_;
  std::size_t passed_ = 0;
  bool spoiled_ = false;
};

void talk_over_a_bad_line(Bytes script, bool to_server, std::size_t piece) {
  Speaker asks(kAsks, kAnswers.size()), answers(kAnswers, kAsks.size());
  linux_port::TlsLink left(client(), asks), right(server(), answers);
  link::Pipe pipe(left, right, piece);
  Spoiler spoiler(script);
  bool from_left = false;
  pipe.on_the_way = [&](MutableBytes moved) {  // the client moves first in each turn
    from_left = !from_left;
    return from_left == to_server ? spoiler.spoil(moved) : moved.size();
  };
  (void)pipe.run();
  check(left.phase() == link::Phase::closed && right.phase() == link::Phase::closed, "both end");
  check(kAnswers.starts_with(asks.heard()), "the client hears what the server said");
  check(kAsks.starts_with(answers.heard()), "and the server what the client said");
  const bool whole = asks.heard() == kAnswers && answers.heard() == kAsks;
  check(whole || spoiler.spoiled(), "a good line carries all of it");
}

void run(Bytes input) {
  if (input.empty()) return;
  const unsigned how = load_u8(input, 0);
  const Bytes rest = input.subspan(1);
  if (how % 2 == 0) return hear_anybody(rest, (how & 2) == 0);
  talk_over_a_bad_line(rest, (how & 2) != 0, 64 + 16 * (how >> 2));
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}

// An update engine that checks its caller: every call must be allowed after the calls before it.
#pragma once
#include <utility>

#include "updraft/intake.hpp"

#include "engine/update/package_parts.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {

class StrictIntake final : public Intake {
 public:
  enum Sessions { one, many };  // that a link may have, one after the other
  // Bits of `mood`: 2 busy; 4 refuses after 40 bytes; 8 refuses at the end; 16 lets nothing in that
  // is announced; 32 runs it already; 64 takes it for a package whose parts stand beside it.
  StrictIntake(Scheme scheme, unsigned mood, Sessions sessions = one)
      : scheme_(scheme), mood_(mood), sessions_(sessions) {}

  Result<> welcome(const Offer& offer) override {
    check(offer.scheme == scheme_ && !offer.sender_proved, "an honest offer");
    check(!in_session_ && !finished_, "nothing is announced within a session");
    if (mood_ & 16) return fail(Code::unsigned_image, Where::gate);
    return {};
  }
  Result<> begin(const Offer& offer) override {
    check(!begun_ || sessions_ == many, "one session for a connection");
    check(!in_session_ && !finished_, "one session at a time, and none after a success");
    taken_ = 0;
    check(offer.scheme == scheme_ && !offer.sender_proved, "an honest offer");
    begun_ = true;
    announced_ = offer.size;
    fetcher_ = (mood_ & 64) != 0 && offer.size != 0 ? offer.fetcher : nullptr;
    if (mood_ & 2) return fail(Code::busy, Where::device);
    in_session_ = true;
    return {};
  }
  Result<> write(Bytes bytes) override {
    check(in_session_ && !bytes.empty(), "writes belong to a session");
    taken_ += bytes.size();
    check(announced_ == 0 || taken_ <= announced_, "no more than was announced");
    if ((mood_ & 4) && taken_ > 40) return end(Code::wrong_chip);
    return {};
  }
  Result<std::uint64_t> resume_at(std::uint64_t at) override {
    check(in_session_ && at == taken_, "asked where it stands");
    if (fetcher_ == nullptr || at != announced_) return at;
    const PackageParts parts{.head = announced_,
                             .index = 64,
                             .transfer = 5'000,
                             .index_name = "a.ix",
                             .transfer_name = "b/c.bin"};
    announced_ = parts.bytes();
    std::exchange(fetcher_, nullptr)->has_parts(parts);
    return at;
  }
  Result<Taken> finish(PayloadEnd) override {
    check(in_session_, "only a session is finished");
    check(announced_ == 0 || taken_ == announced_, "finished when all is there");
    if (mood_ & 8) return end(Code::size_mismatch).error();
    in_session_ = false;
    finished_ = (mood_ & 32) == 0;
    return finished_ ? Taken::installed : Taken::current;
  }
  void abort(const Error&) override {
    check(in_session_, "only a session is aborted");
    in_session_ = false;
  }
  void never_began(Scheme scheme, const Error&) override {
    check(scheme == scheme_ && !finished_ && !in_session_, "only what is no session never began");
    check(!begun_ || sessions_ == many, "one end for a connection");
    check(!never_began_ || sessions_ == many, "told once");
    never_began_ = true;
  }
  bool finished() const { return finished_; }
  bool in_session() const { return in_session_; }
  std::uint64_t announced() const { return announced_; }
  std::uint64_t taken() const { return taken_; }

 private:
  Result<> end(Code code) {
    in_session_ = false;
    return fail(code, Where::image);
  }
  Scheme scheme_;
  unsigned mood_;
  Sessions sessions_;
  bool never_began_ = false, begun_ = false, in_session_ = false, finished_ = false;
  std::uint64_t announced_ = 0, taken_ = 0;
  PackageFetcher* fetcher_ = nullptr;
};

}  // namespace updraft::fuzz

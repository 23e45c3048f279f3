// One file on its way from a web server into the update engine, over as many connections as it
// takes. The engine's session stays open from one connection to the next, so a cut costs no byte.
//
//   want()            the bytes to ask for next
//   open(head)        the answer to that: does it fit what is known of the file?
//   take(body)        its bytes; the engine is asked what it needs next
//   whole(), finish() all of it is there
//
// The first request is for the first sector alone: that tells the engine which image it is, and the
// engine tells what of it is in the slot already (Intake::resume_at). A server that knows no ranges
// answers with the whole file, which is taken as it comes; what is not needed is passed over.
#pragma once
#include <cstdint>

#include "updraft/intake.hpp"

#include "protocols/link/claim.hpp"
#include "protocols/pull/response_head.hpp"

namespace updraft::link {

inline constexpr std::uint64_t kPullFirstBytes = 4096;  // by which the engine knows an image again
inline constexpr std::uint64_t kPullAskEvery = 65'536;  // the engine's records are so far apart

// Bytes first to last, which is one of them.
struct WantedBytes {
  std::uint64_t first = 0, last = 0;
};

class WebTransfer {
 public:
  // The engine outlives it.
  WebTransfer(Intake& engine, Scheme scheme) : engine_(engine), claim_(engine), scheme_(scheme) {}

  WantedBytes want() const;
  // Which file it is, to be asked for again; empty before the first answer.
  const WebValidators& validators() const { return validators_; }

  // Of an answer 200 or 206 to want(). `proved`: the server that answers proved itself. Errors
  // besides the engine's: protocol (web_range), size_mismatch (web_changed: it is another file by
  // now, for the second time; the first time it begins anew by itself).
  Result<> open(const ResponseHead& head, bool proved);
  // Errors: the engine's; protocol (more than was announced).
  Result<> take(Bytes body);
  void end_of_answer();  // the body came to its end
  bool whole() const { return whole_; }
  // Error: the engine's.
  Result<Taken> finish();

  // It ends here. Tells the engine, unless the engine ended it.
  void drop(const Error& why);
  // The engine has it, and a part of it can be asked for: it may go on over another connection.
  bool can_go_on() const { return claim_.has_engine() && total_ != 0; }
  bool ended_by_engine() const { return ended_by_engine_; }  // with the error that came last
  // For progress: bytes that the engine has, of how many (0: not known).
  std::uint64_t at() const { return at_; }
  std::uint64_t total() const { return total_; }

 private:
  Result<> open_part(const ResponseHead& head, bool proved);
  Result<> open_whole(const ResponseHead& head, bool proved);
  Result<> announce(const ResponseHead& head, std::uint64_t total, bool proved);
  bool may_be_same_file(const WebValidators& now) const;
  template <class T>
  Result<T> heard(Result<T> from_engine);
  Result<> ask_what_is_needed();

  Intake& engine_;
  Claim claim_;
  Scheme scheme_;
  WebValidators validators_;
  std::uint64_t total_ = 0;
  std::uint64_t at_ = 0;   // the engine needs the bytes from here on
  std::uint64_t pos_ = 0;  // of the next byte of the answer
  bool announced_ = false;
  bool changed_ = false;  // it began anew once
  bool ended_by_engine_ = false;
  bool whole_ = false;
};

}  // namespace updraft::link

// One update on its way from a web server into the update engine, over as many connections as it
// takes: a file, or a package and the two files that stand beside it. The engine's session stays
// open from one connection to the next, so a cut costs no byte.
//
//   file(), want()    the file and the bytes of it to ask for next
//   open(head)        the answer to that: does it fit what is known of the file?
//   take(body)        its bytes; the engine is asked what it needs next
//   whole(), finish() all of it is there
//
// The first request is for the first sector alone: that tells the engine which image or package it
// is, and the engine tells what of it the device holds already (Intake::resume_at). A server that
// knows no ranges answers with the whole file, which is taken as it comes; what is not needed is
// passed over.
#pragma once
#include <array>
#include <cstdint>
#include <utility>

#include "updraft/intake.hpp"

#include "engine/suit/manifest.hpp"
#include "engine/update/package_parts.hpp"
#include "protocols/link/claim.hpp"
#include "protocols/pull/response_head.hpp"

namespace updraft::link {

inline constexpr std::uint64_t kPullFirstBytes = 4096;  // by which the engine knows an image again
inline constexpr std::uint64_t kPullAskEvery = 4096;    // a chunk of a package, a sector of a slot
// What is not needed of an answer is passed over if it is less; else a new request is cheaper.
inline constexpr std::uint64_t kPullPassOver = 65'536;

// Bytes first to last, which is one of them.
struct WantedBytes {
  std::uint64_t first = 0, last = 0;
};

class WebTransfer final : private PackageFetcher {
 public:
  // The engine outlives it.
  WebTransfer(Intake& engine, Scheme scheme) : engine_(engine), claim_(engine), scheme_(scheme) {}

  PackageFile file() const { return here().file; }
  std::string_view name() const;  // of that file, beside the package; the package itself has none
  WantedBytes want() const;
  // Which file it is, to be asked for again; empty before the first answer. Files beside a package
  // need none: the package says what they hold.
  const WebValidators& validators() const { return validators_; }

  // Of an answer 200 or 206 to want(). `proved`: the server that answers proved itself. Errors
  // besides the engine's: protocol (web_range), size_mismatch (web_changed: it is another file by
  // now, for the second time; the first time it begins anew by itself).
  Result<> open(const ResponseHead& head, bool proved);
  // Errors: the engine's; protocol (more than was announced).
  Result<> take(Bytes body);
  bool needs_no_more() const;  // of this answer: the rest of it is not worth reading
  void end_of_answer();        // the body came to its end
  bool whole() const { return whole_; }
  // Error: the engine's.
  Result<Taken> finish();

  // It ends here. Tells the engine, unless the engine ended it.
  void drop(const Error& why);
  // The engine has it, and a part of it can be asked for: it may go on over another connection.
  bool can_go_on() const { return claim_.has_engine() && total_ != 0; }
  // Once: the engine has judged a package, and what it brings stands beside it.
  bool take_accepted() { return std::exchange(accepted_, false); }
  bool ended_by_engine() const { return ended_by_engine_; }  // with the error that came last
  // For progress: bytes that the engine has, of how many (0: not known).
  std::uint64_t at() const { return at_; }
  std::uint64_t total() const { return total_; }

 private:
  void has_parts(const PackageParts& parts) override;
  PackagePlace here() const;
  std::uint64_t bytes_of(PackageFile file) const;  // 0: not known
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
  std::uint64_t package_ = 0;                 // bytes of the file at the URL; 0: not known
  std::uint64_t total_ = 0;                   // with the files beside it
  std::uint64_t at_ = 0;                      // the engine needs the bytes from here on
  std::uint64_t pos_ = 0;                     // of the next byte of the answer, in its file
  PackageFile asked_ = PackageFile::package;  // the file that answers
  bool in_part_ = false;                      // it answers with the part that was asked for
  bool announced_ = false;
  bool changed_ = false;  // it began anew once
  bool ended_by_engine_ = false;
  bool whole_ = false;
  bool accepted_ = false;
  PackageParts parts_;  // once the engine has judged a package; its names are in names_
  std::array<char, 2 * suit::kMaxUri> names_{};
};

}  // namespace updraft::link

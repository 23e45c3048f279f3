// What a link may say to the update engine, and all it may say (design: one road).
//
// A link calls begin() when it holds the first bytes of a payload, write() with whatever arrives,
// in order, and then exactly one of finish() or abort(). After an error from any call the session
// is over: the link calls nothing more and tells its peer what its protocol can say. An attempt
// that never reaches begin() ends in never_began(); a connection from outside that showed nothing
// before it ended was no attempt, and the link says nothing of it. The engine reports every end to
// its observers, once; links and ports report nothing. `Updater` implements this; tests do so with
// a recorder.
//
// A protocol that announces a payload before its bytes asks welcome() first, and calls begin() when
// the first bytes are there (protocols/link/claim.hpp): an announcement does not take the engine.
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/protocols.hpp"
#include "updraft/result.hpp"

namespace updraft {

// Who holds the engine's session. A sender that proved itself goes first: as long as nothing was
// changed in the slot, its begin() ends the session of one that did not.
class Holder {
 public:
  // The session is over and was reported: call nothing more. From within the other one's begin().
  virtual void on_taken_over() = 0;

 protected:
  ~Holder() = default;
};

class PackageFetcher;  // engine/update/package_parts.hpp

// What is known about a payload before its first byte.
struct Offer {
  Scheme scheme;               // how it came
  std::uint64_t size = 0;      // bytes of the payload; 0: not known
  bool sender_proved = false;  // the link authenticated the sender (security: "from a sender that
                               // proved itself"); AES on the link does not count
  bool link_encrypted =
      false;  // the link decrypted the payload: what is no image then is a wrong key
  // A package that comes in parts, as the device asks for them: the bytes of its head, which come
  // first, and then its payloads by the names that Updraft's tools give them. 0: it comes as one.
  std::uint16_t package_head = 0;
  std::size_t padding = 0;  // so many bytes may follow the payload and mean nothing: the fill of a
                            // cipher's last block, or of a protocol's last chunk
  bool welcomed = false;    // welcome() has let it in: the user was asked
  bool again = false;       // install it also if it is what runs already
  bool unsigned_package = false;  // in parts: nobody has signed it, so it is judged as its content
  // What it is for: 0 is the app; else a number that parts::Targets gave for a name. Only links
  // that were given Targets say another one than 0, and only to the Intake that belongs to them.
  std::uint8_t target = 0;
  bool one_way = false;      // of data: there may be no way back from it
  std::uint32_t beside = 0;  // so many bytes of a package may be data; only PartUpdater says it
  Holder* holder = nullptr;  // nullptr: the session cannot be taken over
  // Where files that stand beside a package can be had; nullptr: they cannot.
  PackageFetcher* fetcher = nullptr;
};

// What became of a payload that was taken whole.
enum class Taken : std::uint8_t {
  installed,  // verified from flash and selected: the device should restart
  current,    // it is what runs already: nothing was changed, and nothing is left to do
};

// How a link knew that the payload was over.
enum class PayloadEnd : std::uint8_t {
  told,     // its length was reached, or the sender closed its side
  silence,  // nothing came for so long: if the payload is not complete, that is a timeout
};

// Of a package in parts: that one, a chunk or a page of its index, arrived damaged. write() has
// taken its bytes for nothing, and the session goes on: resume_at() says from where.
constexpr bool is_damaged_part(const Error& error) {
  return error.where == Where::gate &&
         (error.code == Code::chunk_mismatch || error.code == Code::index_mismatch);
}

class Intake {
 public:
  // Whether begin() would take this offer now. Takes nothing; an error is reported as an attempt
  // that ended. Errors: those of begin().
  virtual Result<> welcome(const Offer& offer) = 0;
  // Errors: unsigned (nothing that comes this way can be accepted), busy (another session owns the
  // engine), pending_confirm, too_big.
  virtual Result<> begin(const Offer& offer) = 0;
  // Errors: every refusal of the payload, flash; of a package in parts, damaged parts. Takes all
  // bytes; returns after they are on flash or in a fixed buffer, so a link that stops reading while
  // this runs has back-pressure for free.
  virtual Result<> write(Bytes bytes) = 0;
  // For links that can choose what comes next. `at` is the offset that the next write() would have;
  // the answer, at least `at`, is the payload offset from which bytes are needed, and the next
  // write() starts there. The bytes between are in the slot already, from an update of the same
  // payload that was cut off, and were read and judged. The answer is above `at` only after the
  // first sector (4096 bytes), and only if the size was offered; of a package in parts, above any
  // `at` that ends a part, and below one behind a damaged part. Links that cannot seek never ask:
  // they send everything, and equal bytes are not written again. Errors: as write().
  virtual Result<std::uint64_t> resume_at(std::uint64_t at) { return at; }
  // Both answers are a success, as peers see it. Errors: as write(), and what the slot shows when
  // it is read back.
  virtual Result<Taken> finish(PayloadEnd end = PayloadEnd::told) = 0;
  // The link was lost or gave up; `why` is what observers see.
  virtual void abort(const Error& why) = 0;
  // In place of begin(): a fetch that found nobody, or nothing; a request, or a login, that was
  // refused. `why` is what observers see.
  virtual void never_began(Scheme scheme, const Error& why) = 0;

 protected:
  ~Intake() = default;
};

}  // namespace updraft

// What a link may say to the update engine, and all it may say (design: one road).
//
// A link calls begin() when it holds the first bytes of a payload, write() with whatever arrives,
// in order, and then exactly one of finish() or abort(). After an error from any call the session
// is over: the link calls nothing more and tells its peer what its protocol can say. An attempt
// that never reaches begin() ends in never_began(). The engine reports every end to its observers,
// once; links and ports report nothing. `Updater` implements this; tests do so with a recorder.
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/protocols.hpp"
#include "updraft/result.hpp"

namespace updraft {

// What is known about a payload before its first byte.
struct Offer {
  Scheme scheme;               // how it came
  std::uint64_t size = 0;      // bytes of the payload; 0: not known
  bool sender_proved = false;  // the link authenticated the sender (security: "from a sender that
                               // proved itself"); AES on the link does not count
  bool link_encrypted =
      false;                // the link decrypted the payload: what is no image then is a wrong key
  std::size_t padding = 0;  // so many bytes may follow the payload and mean nothing: the fill of a
                            // cipher's last block, or of a protocol's last chunk
};

// How a link knew that the payload was over.
enum class PayloadEnd : std::uint8_t {
  told,     // its length was reached, or the sender closed its side
  silence,  // nothing came for so long: if the payload is not complete, that is a timeout
};

class Intake {
 public:
  // Errors: busy (another session owns the engine), pending_confirm, too_big.
  virtual Result<> begin(const Offer& offer) = 0;
  // Errors: every refusal of the payload, flash. Takes all bytes; returns after they are on flash
  // or in a fixed buffer, so a link that stops reading while this runs has back-pressure for free.
  virtual Result<> write(Bytes bytes) = 0;
  // For links that can choose what comes next. `at` is the offset that the next write() would have;
  // the answer, at least `at`, is the payload offset from which bytes are needed, and the next
  // write() starts there. The bytes between are in the slot already, from an update of the same
  // payload that was cut off, and were read and judged. The answer is above `at` only after the
  // first sector (4096 bytes), and only if the size was offered. Links that cannot seek never ask:
  // they send everything, and equal bytes are not written again. Errors: as write().
  virtual Result<std::uint64_t> resume_at(std::uint64_t at) { return at; }
  // Ok: the image is verified from flash and selected; the device should restart.
  virtual Result<> finish(PayloadEnd end = PayloadEnd::told) = 0;
  // The link was lost or gave up; `why` is what observers see.
  virtual void abort(const Error& why) = 0;
  // In place of begin(): a connection that ended before its first bytes were complete, a fetch that
  // found nobody, a request that was refused. `why` is what observers see.
  virtual void never_began(Scheme scheme, const Error& why) = 0;

 protected:
  ~Intake() = default;
};

}  // namespace updraft

// What the gate and the Updater ask of whoever verifies signatures (engine/signing): a device that
// takes nothing signed has nullptr in its Policy, and links none of it.
#pragma once
#include "updraft/events.hpp"

#include "engine/pipeline/patch_sink.hpp"
#include "engine/pipeline/sink.hpp"
#include "engine/pipeline/slot_writer.hpp"

namespace updraft {

class LeanUpdater;

// What a device lets in beside what is signed.
enum class Stand : std::uint8_t {
  open,    // it holds no KeySet: what the policy names
  armed,   // it holds one; what the policy names, as long as somebody has armed it
  closed,  // nothing
  pinned,  // nothing, but an image may show at its end that a pinned key has signed it
};

// Where a verified payload goes.
struct SignedWay {
  pipeline::Sink& next;  // takes the transfer of a package, each chunk after it was verified
  pipeline::SlotWriter& slot;
  LeanUpdater& updater;  // it knows which images were rolled back here
  const Offer& offer;
  pipeline::PatchSink* const& patch;  // what makes the content from a patch; nullptr: nothing does
};

// What a verified freshness token says (spec/suit.md section 8).
struct Freshness {
  std::uint64_t now = 0;  // Unix time in seconds: it is not earlier than this
  bool newer = false;     // there is a release or a KeySet that the device does not have
};

class Signing {
 public:
  virtual Stand stand() const = 0;
  // The stage for a new payload, package or KeySet. nullptr: neither is taken here. A payload that
  // was announced larger than its class may be gets a stage that refuses it with too_big.
  virtual pipeline::Sink* stage_for(PayloadClass payload, const SignedWay& way) = 0;
  // For links that can choose what comes next: of a package, parts that the device holds verifiably
  // need not come. Adds their bytes to `received`, those of the payload; `size`, as it was offered,
  // becomes that of a package with the files beside it.
  virtual void take_held(std::uint64_t& received, std::uint64_t& size) = 0;
  // An image that counts as signed was read back from the slot and is sound. Right before it is
  // chosen: that it is the one that was signed, and that it is waited for. Errors: image_mismatch,
  // flash; without a package those of format::verify_signature_sector(), and wrong_product.
  virtual Result<> seal(const format::ImageInfo& image) = 0;
  // The same of a package whose app runs already, or that brings none: its data is whole, and about
  // to be bound to the app that runs. `data`: the digest by which it is known. Error: flash.
  virtual Result<> seal_data(const crypto::Sha256Digest& data) = 0;
  // What a device tells a server that it has: the release that is installed, and its KeySet. 0:
  // none.
  virtual std::uint64_t release() const = 0;
  virtual std::uint64_t key_set() const = 0;
  // Whether the KeySet names keys that sign freshness tokens; and such a token, as the answer to
  // this question of the device. Not while a session runs. Errors: those of suit::read_token() and
  // suit::check_token(); wrong_product; flash.
  virtual bool takes_tokens() = 0;
  virtual Result<Freshness> judge_token(Bytes token, std::string_view device_id, Bytes nonce) = 0;
  // After boot, and when an image or data was confirmed: what runs now may be what was waited for.
  virtual void settle() = 0;

 protected:
  ~Signing() = default;
};

}  // namespace updraft

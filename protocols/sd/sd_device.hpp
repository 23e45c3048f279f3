// Updates from a card: the twin of protocols/sd/SPEC.md section 5. Looks into the folder, takes
// what is there, and renames what was taken (sd_names.hpp), so that a card that stays in its slot
// is no loop.
//
//   state    what happens                                               left by
//   looking  one file of the folder after the other, by name, until     a file whose size and date
//            one is no longer being copied                              stood still for one look
//   hashing  its digest lies beside it: reads it all and compares       the file's end
//   taking   gives it to the engine, block by block                     the file's end; an error
//
// What was refused or failed stays as it is, and is not tried again before it changes or the device
// restarts. A card that is pulled is tried again when it is back. Whoever drives it looks only
// while no other update runs and no image is on trial.
//
// Errors, besides those of payload_stream.hpp: payload_missing (an empty file), size_mismatch (a
// cipher text that is no multiple of 16; a file that has become shorter), malformed (a digest that
// is none), digest_mismatch (it is another file's), aborted (the card cannot be read any more).
//
// RAM: kSdBlock, and less than 1 KiB.
#pragma once
#include <array>
#include <optional>

#include "updraft/intake.hpp"

#include "engine/crypto/digest.hpp"
#include "protocols/link/payload_stream.hpp"
#include "protocols/sd/sd_card.hpp"
#include "protocols/sd/sd_names.hpp"

namespace updraft::link {

inline constexpr std::size_t kSdBlock = 2048;  // bytes read at once: whole sectors of a card
inline constexpr std::size_t kSdJudged =
    16;  // files that are remembered; with more, nothing is taken
inline constexpr std::size_t kSdDigestRead = 65;  // of a digest's file: digits and what ends them

class SdDevice {
 public:
  struct Config {
    std::uint64_t slot_size = 0;           // bytes that the update slot holds
    StreamDecryptor* decryptor = nullptr;  // nullptr: files are plain
  };
  enum class Next : std::uint8_t {
    soon,     // there is more to do
    later,    // nothing for now: look again in a second or so
    restart,  // an update is installed
  };

  // All outlive it.
  SdDevice(Intake& engine, SdCard& card, const Config& config)
      : engine_(engine),
        card_(card),
        config_(config),
        stream_(engine,
                {.scheme = kSd, .slot_size = config.slot_size, .decryptor = config.decryptor}) {}
  SdDevice(const SdDevice&) = delete;
  SdDevice& operator=(const SdDevice&) = delete;

  // One file of the folder, or one block of a file; may work on flash.
  Next step();
  bool is_looking() const { return state_ == State::looking; }

 private:
  enum class State : std::uint8_t { looking, hashing, taking };
  struct Seen {
    std::uint64_t name = 0;  // a hash of it
    SdCard::File file;
    friend bool operator==(const Seen&, const Seen&) = default;
  };

  Next look();
  bool find_next();
  Next examine();
  Result<std::optional<crypto::Sha256Digest>> digest_beside();
  Next hash();
  Next begin();
  Next take();
  Next end();
  Next give_up(const Error& why);    // tells the engine
  Next put_aside(const Error& why);  // it was told
  Next close(Next next);
  bool is_judged() const;
  void judge();

  Intake& engine_;
  SdCard& card_;
  Config config_;
  PayloadStream stream_;
  State state_ = State::looking;
  SdName name_;  // of the file; those up to it were seen in this look
  Seen seen_, fresh_;
  std::array<Seen, kSdJudged> judged_{};
  std::size_t judged_count_ = 0;
  std::uint64_t read_ = 0;  // bytes of the file
  crypto::Sha256 sha_;
  crypto::Sha256Digest expected_{};
  std::array<std::byte, kSdBlock> block_{};
};

}  // namespace updraft::link

// ESPHome's native OTA, the device's end: the twin of protocols/esphome/SPEC.md. Versions 1 and 2,
// both logins, the extended header; no gzip, no partition access.
//
//   state     what is read                           then
//   magic     5 bytes                                00 and the version
//   features  what the host can                      40, or 48 00 where it knows that
//   waiting   nothing, after a wrong password        the guard opens: 01 or 02, and a nonce
//   cnonce    two hex strings of its length          41, or 82
//   type      one byte, after 48                     goes on, or 8E
//   length    4 bytes, most significant first        42, or an error: nothing is erased
//   md5       32 hex digits                          43
//   data      so many bytes                          47 for each 8192 (version 2); 44, 45
//   last      a byte, which may be lost              closes
//   draining  refused: reads and drops, so that      its end, or 10 s
//             the host hears why
//
// A host that knows SHA-256 is asked by it, an older one by MD5. The engine is asked with the
// length and taken with the first bytes.
//
// Errors, besides the engine's: alg_unsupported (`noise`, and the host does not know it),
// auth_failed, locked, protocol, component_unknown (a partition table or bootloader),
// digest_mismatch (other bytes than those of the MD5), timeout, aborted.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/link.hpp"

#include "engine/crypto/md5.hpp"
#include "engine/crypto/random.hpp"
#include "protocols/esphome/esphome_words.hpp"
#include "protocols/link/claim.hpp"
#include "protocols/link/login.hpp"

namespace updraft::link {

inline constexpr Millis kEsphomeGreetingMs{
    20'000};  // for all before the data, as newer devices have
inline constexpr Millis kEsphomeSilenceMs{20'000};  // within the data; hosts give up after 30 s
inline constexpr Millis kEsphomeTotalMs{900'000};
inline constexpr std::uint64_t kEsphomeMinRate = 256;  // bytes per second of waiting, as raw TCP
inline constexpr Millis kEsphomeRateMs{10'000};        // waiting time over which it is measured
inline constexpr Millis kEsphomeDrainMs{10'000};
inline constexpr Millis kEsphomeLastMs{1'000};  // for the final acknowledgement

class EsphomeDevice final : public Link {
 public:
  struct Config {
    std::string_view password;  // empty: nobody is asked
    std::uint8_t version = 2;   // 1: no acknowledgement of blocks
    bool legacy = false;        // asks everybody by MD5, and knows no extended header
    bool noise = false;         // speaks within a NoiseLink alone, whose key is the login
    Origin from = kSomewhere;
    crypto::RandomSource random = &crypto::random_bytes;
  };
  // All outlive it; the guards are those of all its connections.
  EsphomeDevice(Intake& engine, LoginGuards& guards, const Config& config)
      : engine_(engine), guards_(guards), config_(config), claim_(engine) {}

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override;
  bool proven() const override { return proved_ || claim_.has_engine(); }
  bool greeted() const override { return greeted_ || proven(); }
  Result<> outcome() const override { return outcome_; }
  bool attempted() const { return attempted_; }  // false: its end is nothing to tell of

 private:
  enum class State : std::uint8_t {
    magic,
    features,
    waiting,
    cnonce,
    type,
    length,
    md5,
    data,
    last,
    draining,
    closed
  };

  std::size_t wanted() const;  // bytes of the field that is read
  void take_field(Instant now);
  void take_features(Instant now);
  void ask(Instant now);
  void take_answer(Instant now);
  void go_on();
  void take_length(Instant now);
  void take_md5(Instant now);
  void take_data(Bytes& rx, Instant now);
  void finish(Instant now);

  void say(EsphomeSays what);
  void say(Bytes bytes);
  void refuse(const Error& why, Instant now);
  void end(const Error& why);
  void tell(const Error& why);
  bool too_slow(std::size_t arrived, Instant now);

  Intake& engine_;
  LoginGuards& guards_;
  Config config_;
  Claim claim_;
  State state_ = State::magic;
  Result<> outcome_ = fail(Code::aborted, Where::link);
  bool greeted_ = false, attempted_ = false, proved_ = false, announced_ = false, extended_ = false;
  EsphomeHash hash_ = EsphomeHash::sha256;
  EsphomeHex nonce_;
  std::array<std::byte, 128> field_{};
  std::size_t field_size_ = 0;
  crypto::Md5Digest announced_md5_{};
  crypto::Md5 md5_;
  std::uint64_t size_ = 0, left_ = 0;
  std::array<std::byte, 80> words_{};
  std::size_t words_size_ = 0, words_sent_ = 0;
  std::uint64_t blocks_due_ = 0;  // acknowledgements that were not said yet; they come first
  Instant started_{};
  std::optional<Instant> waiting_since_;
  Millis waited_{0};
  std::uint64_t arrived_ = 0;
};

}  // namespace updraft::link

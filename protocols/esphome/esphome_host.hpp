// ESPHome's native OTA, the host's end: the twin of protocols/esphome/SPEC.md. Speaks to devices of
// versions 1 and 2, answers both logins, sends gzip to whom asks for it, and does not wait for the
// acknowledgement of a block: devices count bytes.
//
// Errors, besides what a device's error byte comes to (esphome_words.hpp; `found` is the byte):
//   rescue_first the device says 81 after data came: it restarts into its rescue app
//   auth_failed  the password is wrong, or it asks and there is none
//   protocol     an answer that is none, a version that is not known
//   alg_unsupported  Noise was asked for, and the device does not offer it
//   timeout      no answer within kEsphomeAnswerMs, no result within kEsphomeResultMs; or it takes
//                the data slower than pace.hpp says
//   aborted      the device went away; `found` of `expected` bytes were sent. With all of them it
//                may be starting the new image
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/link.hpp"

#include "engine/crypto/random.hpp"
#include "protocols/esphome/esphome_words.hpp"
#include "protocols/link/pace.hpp"

namespace updraft::link {

inline constexpr Millis kEsphomeAnswerMs{20'000};  // erasing the slot is in one of them
inline constexpr Millis kEsphomeResultMs{90'000};

// What is sent: one form or the other, as the device asks. Both stay until the link is closed.
class EsphomePayload {
 public:
  virtual Bytes plain() = 0;
  virtual Bytes gzipped() = 0;

 protected:
  ~EsphomePayload() = default;
};

class EsphomeHost final : public Link {
 public:
  // All outlive it. An empty password: there is none. `noise`: it speaks within a NoiseLink, and to
  // no device that does not offer that.
  EsphomeHost(EsphomePayload& payload, std::string_view password,
              crypto::RandomSource random = &crypto::random_bytes, bool noise = false)
      : payload_(payload), password_(password), random_(random), noise_(noise) {}

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override { pace_.moved(sent_, data_.size(), now); }
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  Result<> outcome() const override { return outcome_; }

  // For progress displays, once the data are on their way.
  std::uint64_t sent() const { return sent_; }
  std::uint64_t total() const { return data_.size(); }
  // What the device has shown of itself.
  std::uint8_t version() const { return version_; }  // 0: nothing yet
  std::optional<EsphomeHash> hash() const { return hash_; }
  bool extended() const { return extended_; }
  bool gzip() const { return gzip_; }

 private:
  enum class State : std::uint8_t {
    greeting,  // 00 and a version
    header,
    features,
    login,
    nonce,
    result,
    prepared,
    noted,
    data,
    installed,
    closed
  };

  void take(std::uint8_t byte);
  bool is(std::uint8_t byte, EsphomeSays what);
  void take_header(std::uint8_t byte);
  void take_login(std::uint8_t byte);
  void take_nonce(std::uint8_t byte);
  void take_data_word(std::uint8_t byte);
  void announce();
  void name_md5();
  void say(Bytes bytes, State next);
  void close(const Result<>& outcome);

  EsphomePayload& payload_;
  std::string_view password_;
  crypto::RandomSource random_;
  bool noise_;
  State state_ = State::greeting;
  Result<> outcome_;
  std::uint8_t version_ = 0;
  bool extended_ = false, gzip_ = false, has_head_ = false;
  std::optional<EsphomeHash> hash_;
  std::array<std::byte, 64> nonce_{};
  std::size_t nonce_size_ = 0;
  std::array<std::byte, 128> words_{};
  std::size_t words_size_ = 0, words_sent_ = 0;
  Bytes data_;
  std::uint64_t sent_ = 0;
  Instant asked_at_{};
  Pace pace_;
};

}  // namespace updraft::link

// Raw TCP, listening or fetching: two connections, so that a stalled one can be replaced.
#pragma once
#include <array>
#include <optional>

#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/link_key.hpp"
#include "ports/esp_idf/owned.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "sdkconfig.h"
#ifdef CONFIG_UPDRAFT_FILES
#include "engine/parts/aimed_intake.hpp"
#endif

namespace updraft::esp_idf {

class RawDoor final : public FetchingDoor {
 public:
  // Always: a fetch may be asked for at any time. Errors: ESP_ERR_INVALID_ARG (a key or IV that
  // does not fit, or a target that is not there), ESP_ERR_NO_MEM.
  static esp_err_t make(const DoorContext& context, Owned<Door>& door);

  explicit RawDoor(const DoorContext& context) : FetchingDoor(context, kRaw) {}  // it outlives this
  std::uint16_t port() const override { return context_.config.raw_port; }
  link::Link* open(link::Origin from) override;

 private:
  void let_go(link::Link& link) override;
#ifdef CONFIG_UPDRAFT_FILES
  esp_err_t aim();
  std::optional<parts::AimedIntake> aimed_;  // of what calls, where raw_to names a target
  std::uint32_t aimed_bytes_ = 0;
#endif
  static constexpr std::size_t kPlaces = 2;
  struct Cipher {
    explicit Cipher(const link::LinkCipher& from) : key(from) {}
    link::LinkCipher key;
    // None where AES was left out: the end of one would link it.
    std::array<std::optional<link::LinkDecryptor>, kHasStreamAes ? kPlaces : 0> decryptors;
  };
  Owned<Cipher> cipher_;
  std::array<std::optional<link::RawReceiver>, kPlaces> places_;
};

}  // namespace updraft::esp_idf

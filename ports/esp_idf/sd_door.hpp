// Updates from a card that the application has mounted: the folder is looked into every second,
// while nothing else goes on. 4 KB of RAM.
#pragma once
#include <optional>

#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/sd_folder.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/sd/sd_device.hpp"

namespace updraft::esp_idf {

inline constexpr Millis kSdLookMs{1'000};
inline constexpr int kSdSteps = 8;  // in one turn: 16 KiB

class SdDoor final : public Door {
 public:
  // If the configuration has a folder. Errors: ESP_ERR_INVALID_ARG (its path is too long, or a key
  // does not fit), ESP_ERR_NO_MEM.
  static esp_err_t make(const DoorContext& context, Owned<Door>& door);

  SdDoor(const DoorContext& context, const std::optional<link::LinkCipher>& cipher);
  link::Link* open(link::Origin) override { return nullptr; }
  void closed(link::Link&, const Result<>&) override {}
  bool turn(Instant now, SocketDriver& sockets) override;

 private:
  const DoorContext& context_;
  SdFolder folder_;
  std::optional<link::LinkDecryptor> decryptor_;
  link::SdDevice device_;
  Instant look_at_{};
};

}  // namespace updraft::esp_idf

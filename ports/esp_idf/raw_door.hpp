// Raw TCP, listening or fetching: two connections, so that a stalled one can be replaced.
#pragma once
#include <array>
#include <optional>

#include "updraft/updater.hpp"

#include "ports/esp_idf/door.hpp"
#include "protocols/raw/raw_receiver.hpp"

namespace updraft::esp_idf {

class RawDoor final : public Door {
 public:
  // All outlive it. `cipher` may be nullptr: the stream is plain.
  RawDoor(Intake& intake, const Updater& updater, BootControl& boot, const link::RawCipher* cipher)
      : intake_(intake), updater_(updater), boot_(boot), cipher_(cipher) {}
  link::Link* open() override;
  void closed(link::Link& link, const Result<>& outcome) override;

 private:
  struct Place {
    std::optional<link::RawDecryptor> decryptor;
    std::optional<link::RawReceiver> receiver;
  };
  Intake& intake_;
  const Updater& updater_;
  BootControl& boot_;
  const link::RawCipher* cipher_;
  std::array<Place, 2> places_;
};

}  // namespace updraft::esp_idf

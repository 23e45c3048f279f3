#include "ports/esp_idf/uart_stream_door.hpp"

#include "ports/esp_idf/link_key.hpp"
#include "ports/esp_idf/slot_bytes.hpp"

namespace updraft::esp_idf {

esp_err_t UartStreamDoor::make(Service& service, const updraft_uart_t& line,
                               Owned<UartLine>& made) {
  made = make_owned<UartStreamDoor>(service, line);
  return made ? ESP_OK : ESP_ERR_NO_MEM;
}

esp_err_t UartStreamDoor::prepare() {
  std::optional<link::LinkCipher> cipher;
  const esp_err_t err = read_link_key(service_.context().config, cipher);
  if (kHasStreamAes && cipher) decryptor_.emplace(*cipher);
  return err;
}

link::Link& UartStreamDoor::make_link() {
  const DoorContext& context = service_.context();
  return device_.emplace(
      service_.intake(),
      link::UartDevice::Config{.slot_size = update_payload_bytes(context.boot, context.updater),
                               .decryptor = decryptor_ ? &*decryptor_ : nullptr,
                               .idle = link::uart_idle(static_cast<unsigned>(line_.baud))});
}

}  // namespace updraft::esp_idf

// The native push: TLS with the key of a pairing, one connection at a time. 10 KB of RAM, and some
// 30 KB from the heap while a connection lasts.
#pragma once
#include <atomic>
#include <optional>

#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/kept_events.hpp"
#include "ports/esp_idf/native_pairing_store.hpp"
#include "ports/esp_idf/native_tls.hpp"
#include "protocols/native/native_device.hpp"
#include "protocols/native/refused_link.hpp"

namespace updraft::esp_idf {

class NativeDoor final : public Door, private link::NativeBoard {
 public:
  // `door` stays empty without a port. Errors: ESP_ERR_NO_MEM; ESP_ERR_INVALID_ARG (native_id is no
  // id); ESP_FAIL (NVS keeps no secret, TLS cannot be set up).
  static esp_err_t make(const DoorContext& context, Owned<Door>& door);

  explicit NativeDoor(const DoorContext& context);  // which outlives it
  std::uint16_t port() const override { return context_.config.native_port; }
  bool has_key() const override { return true; }
  bool paired() const override { return pairing_.used(); }
  bool takes_callers(Instant now) const override;
  link::Link* open(link::Origin from) override;
  void closed(link::Link& link, const Result<>& outcome) override;
  bool turn(Instant now, SocketDriver& sockets) override;
  ~NativeDoor() override;
  NativeDoor(const NativeDoor&) = delete;
  NativeDoor& operator=(const NativeDoor&) = delete;

  // With the lock held: the line that is shown; empty: somebody has used it.
  std::string_view pairing_line(std::span<char> room) const;
  void ask_to_unpair() { unpairs_ = true; }  // from any task

 private:
  struct Visit {
    Visit(link::NativeShared& shared, NativeTls& tls) : device(shared), link(tls.open(device)) {}
    link::NativeDevice device;
    link::RefusedLink link;
  };

  esp_err_t set_up();
  esp_err_t renew_tls();
  void show_pairing() const;
  void renew_pairing();
  void note_peer(const Result<>& outcome);

  void describe(link::NativeFacts& facts) UPDRAFT_UNCHECKED override;  // the driver has the lock
  link::NativeInstalled installed() UPDRAFT_UNCHECKED override;        // likewise
  Text<16> other_slot() override;
  Result<> arm(std::uint64_t seconds) override;
  std::uint64_t newest_event() override { return events_.newest(); }
  std::string_view event(std::uint64_t number) override { return events_.told(number); }

  const DoorContext& context_;
  NativePairingStore pairing_;
  KeptEvents events_;
  link::NativeShared shared_;
  Owned<NativeTls> tls_;
  std::optional<Visit> visit_;
  Instant since_{};  // of the visit
  std::uint32_t refused_ = 0;
  std::atomic<bool> unpairs_ = false;
};

NativeDoor* native_door();  // that of updraft_start(); nullptr: there is none

}  // namespace updraft::esp_idf

#include "ports/esp_idf/native_door.hpp"

#include "engine/format/chip.hpp"
#include "engine/suit/manifest.hpp"
#include "esp_log.h"
#include "ports/esp_idf/device_id.hpp"
#include "ports/esp_idf/service.hpp"

namespace updraft::esp_idf {
namespace {

// While others wait, a place is kept so long for a peer that says nothing whole, and for one whose
// handshake is on its way: X25519 takes a chip some 100 ms.
constexpr Millis kSilentPatience{500};
constexpr Millis kHandshakePatience{2'000};

std::atomic<NativeDoor*> started = nullptr;

}  // namespace

NativeDoor* native_door() { return started; }

esp_err_t NativeDoor::make(const DoorContext& context, Owned<Door>& door) {
  if (context.config.native_port == 0) return ESP_OK;
  auto made = make_owned<NativeDoor>(context);
  if (!made) return ESP_ERR_NO_MEM;
  if (const esp_err_t err = made->set_up(); err != ESP_OK) return err;
  started = made.get();
  door = Owned<Door>(made.release());
  return ESP_OK;
}

NativeDoor::NativeDoor(const DoorContext& context)
    : context_(context), shared_(context.intake, steering_of(context.service), *this) {}

NativeDoor::~NativeDoor() {
  NativeDoor* mine = this;
  (void)started.compare_exchange_strong(mine, nullptr);
  context_.reporter.let_go(events_);
}

esp_err_t NativeDoor::set_up() {
  const char* const named = context_.config.native_id;
  if (named != nullptr && !link::is_native_id(named)) {
    ESP_LOGE(kLogTag, "native_id: want 1 to 64 of A-Z a-z 0-9 . _ -");
    return ESP_ERR_INVALID_ARG;
  }
  if (const esp_err_t err = pairing_.open(device_id(context_.config).view()); err != ESP_OK) {
    ESP_LOGE(kLogTag,
             "native: NVS cannot keep the pairing: it is full, or nvs_flash_init() was "
             "not called");
    return err;
  }
  if (const esp_err_t err = renew_tls(); err != ESP_OK) return err;
  context_.reporter.tell_also(events_);
  if (!pairing_.used()) show_pairing();
  return ESP_OK;
}

esp_err_t NativeDoor::renew_tls() {
  tls_.reset();
  const esp_err_t err = NativeTls::make(pairing_.pairing(), tls_);
  if (err != ESP_OK) ESP_LOGE(kLogTag, "native: TLS cannot be set up: too little memory?");
  return err;
}

std::string_view NativeDoor::pairing_line(std::span<char> room) const {
  return pairing_.used() ? std::string_view() : link::pairing_text(pairing_.pairing(), room);
}

// On the console alone: whoever reads it may update this device.
void NativeDoor::show_pairing() const {
  std::array<char, link::kPairingTextBytes> room;
  const std::string_view line = pairing_line(room);
  ESP_LOGW(kLogTag, "native: not paired yet; on your computer: updraft pair '%.*s'",
           static_cast<int>(line.size()), line.data());
  crypto::wipe(std::as_writable_bytes(std::span(room)));
}

void NativeDoor::renew_pairing() {
  if (pairing_.renew() != ESP_OK) {
    ESP_LOGE(kLogTag, "native: NVS cannot keep a new pairing; the old one holds");
    return;
  }
  (void)renew_tls();  // where that fails: again when somebody comes
  show_pairing();
}

bool NativeDoor::takes_callers(Instant now) const {
  if (!visit_) return true;
  if (visit_->link.proven() || visit_->link.waits()) return false;
  return now >= since_ + (visit_->link.answered() ? kHandshakePatience : kSilentPatience);
}

link::Link* NativeDoor::open(link::Origin) {
  if (visit_ || (!tls_ && renew_tls() != ESP_OK)) return nullptr;
  since_ = now();
  return &visit_.emplace(shared_, *tls_).link;
}

void NativeDoor::closed(link::Link& link, const Result<>& outcome) {
  if (link.greeted()) {
    if (pairing_.use() != ESP_OK) {
      ESP_LOGW(kLogTag, "native: NVS is full: the pairing's line is shown again");
    }
  } else {
    note_peer(outcome);
  }
  if (visit_->device.wish() != link::NativeWish::none) context_.service.ask_to_restart();
  if (visit_->device.unpairs()) unpairs_ = true;
  visit_.reset();
  tls_->close();
}

// Whichever part of the handshake it was, the peer has not the key.
void NativeDoor::note_peer(const Result<>& outcome) {
  ++refused_;
  const bool no_memory = !outcome && outcome.error().code == Code::busy;
  if (no_memory) {
    ESP_LOGW(kLogTag, "native: too little memory for a TLS connection");
  } else {
    ESP_LOGI(kLogTag, "native: a handshake failed, the %lu. since the start",
             static_cast<unsigned long>(refused_));
  }
}

// Whoever is connected has the old secret: his connection ends first.
bool NativeDoor::turn(Instant now, SocketDriver&) {
  shared_.session.on_time(now);
  if (!unpairs_) return false;
  if (visit_) {
    visit_->link.cut(now);
    return false;
  }
  unpairs_ = false;
  renew_pairing();
  return false;
}

void NativeDoor::describe(link::NativeFacts& facts) {
  context_.service.fill(facts.status);
  facts.id = pairing_.pairing().id.view();
  facts.chip = format::chip_name(facts.status.chip_id);
  const auto* const class_id = reinterpret_cast<const std::byte*>(context_.config.class_id);
  if (class_id != nullptr) facts.class_id = Bytes(class_id, suit::kIdBytes);
  facts.armed = context_.service.trusted().armed_for(now());
  facts.refused_peers = refused_;
  if (const Signing* const signing = context_.policy.signing) {
    facts.sequence = signing->release();
    facts.key_set = signing->key_set();
  }
}

link::NativeInstalled NativeDoor::installed() {
  if (context_.updater.state() != UpdateState::installed) {
    Status status;
    context_.service.fill(status);
    return {.slot = Text<16>(status.slot.view()), .image = status.running, .is_data = true};
  }
  const Installed last = context_.updater.last_installed();
  return {Text<16>(last.slot.label.view()), last.image, last.trust};
}

Text<16> NativeDoor::other_slot() {
  const Result<Slot> other = context_.boot.update_slot();
  return other ? Text<16>(other->label.view()) : Text<16>();
}

Result<> NativeDoor::arm(std::uint64_t seconds) {
  Trusted& trusted = context_.service.trusted();
  if (!trusted.asks_now()) return fail(Code::keyset_missing, Where::device);
  if (seconds < kLeastArmedS || seconds > kMostArmedS) return fail(Code::not_wanted, Where::device);
  trusted.ask_to_arm(static_cast<std::uint32_t>(seconds));
  return {};
}

}  // namespace updraft::esp_idf

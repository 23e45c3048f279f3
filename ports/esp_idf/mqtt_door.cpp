#include "ports/esp_idf/mqtt_door.hpp"

#include "engine/crypto/random.hpp"
#include "esp_log.h"
#include "ports/esp_idf/link_key.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "ports/esp_idf/service.hpp"
#include "ports/esp_idf/slot_bytes.hpp"
#include "ports/esp_idf/socket_driver.hpp"

namespace updraft::esp_idf {
namespace {

std::string_view text_of(const char* text) { return text != nullptr ? text : ""; }

link::MqttLogin login_of(const updraft_config_t& config, std::string_view client) {
  return {.client = client,
          .user = text_of(config.mqtt_user),
          .password = text_of(config.mqtt_password)};
}

}  // namespace

esp_err_t MqttDoor::make(const DoorContext& context, Owned<Door>& door) {
  if (context.config.mqtt_url == nullptr) return ESP_OK;
  const std::optional<MqttUrl> url = parse_mqtt_url(context.config.mqtt_url);
  if (!url || !link::check(login_of(context.config, {}))) {
    ESP_LOGE(
        kLogTag,
        "mqtt_url: not like mqtt://host[:port]/topic or mqtts://, or a login that is too long");
    return ESP_ERR_INVALID_ARG;
  }
  std::optional<link::LinkCipher> cipher;
  if (const esp_err_t err = read_link_key(context.config, cipher); err != ESP_OK) return err;
  auto made = make_owned<MqttDoor>(context, *url, cipher);
  if (!made) return ESP_ERR_NO_MEM;
  if (const esp_err_t err = url->tls ? made->set_up_tls() : ESP_OK; err != ESP_OK) return err;
  door = Owned<Door>(made.release());
  return ESP_OK;
}

esp_err_t MqttDoor::set_up_tls() {
#ifdef CONFIG_UPDRAFT_MQTT_TLS
  terms_.emplace(context_.config.mqtt_ca);
  if (terms_->outcome() != ESP_OK) ESP_LOGE(kLogTag, "mqtt_ca: that is no certificate in PEM form");
  return terms_->outcome();
#else
  ESP_LOGE(kLogTag, "mqtts:// needs CONFIG_UPDRAFT_MQTT_TLS");
  return ESP_ERR_NOT_SUPPORTED;
#endif
}

MqttDoor::MqttDoor(const DoorContext& context, const MqttUrl& url,
                   const std::optional<link::LinkCipher>& cipher)
    : context_(context), url_(url), client_(link::make_mqtt_client_id(crypto::random_bytes)) {
  if (kHasStreamAes && cipher) decryptor_.emplace(*cipher);
}

link::Link* MqttDoor::open(link::Origin) {
  if (device_) return nullptr;
  device_.emplace(
      context_.intake,
      link::MqttDevice::Config{.login = login_of(context_.config, client_.view()),
                               .topic = url_.topic,
                               .slot_size = update_payload_bytes(context_.boot, context_.updater),
                               .decryptor = decryptor_ ? &*decryptor_ : nullptr});
#ifdef CONFIG_UPDRAFT_MQTT_TLS
  if (terms_) return &tls_.emplace(*terms_, url_.host.data(), *device_);
#endif
  return &*device_;
}

void MqttDoor::closed(link::Link&, const Result<>&) {
  if (device_->was_subscribed()) backoff_.reset();
#ifdef CONFIG_UPDRAFT_MQTT_TLS
  tls_.reset();
#endif
  lost();
}

bool MqttDoor::turn(Instant now, SocketDriver& sockets) {
  if (lookup_.state() != Lookup::State::idle) {
    connect(sockets);
    return false;
  }
  const bool waits =
      context_.updater.state() == UpdateState::installed || steering_of(context_.service).pending();
  if (!device_ && !waits && now >= next_) lookup_.start(url_.host);
  return false;
}

// Once lwIP has an answer.
void MqttDoor::connect(SocketDriver& sockets) {
  if (lookup_.state() == Lookup::State::looking) return;
  const bool found = lookup_.state() == Lookup::State::found;
  const std::uint32_t address = lookup_.take();
  if (!found || !sockets.connect_to(address, url_.port, *this)) lost();
}

void MqttDoor::lost() {
  device_.reset();
  const Millis pause = backoff_.next();
  next_ = now() + pause;
  ESP_LOGI(kLogTag, "mqtt: not connected; again in %u s",
           static_cast<unsigned>(pause.count() / 1000 + 1));
}

}  // namespace updraft::esp_idf

#include "ports/esp_idf/trusted.hpp"

#include <algorithm>

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

#ifdef CONFIG_UPDRAFT_TAKE_SIGNED
namespace {

Bytes id_at(const std::uint8_t* id) {
  return {reinterpret_cast<const std::byte*>(id), id != nullptr ? suit::kIdBytes : 0};
}

}  // namespace

Trusted::Trusted(const updraft_config_t& config, BootControl& boot, Flash* memory,
                 Observer& observer, Policy& policy) {
  if (memory != nullptr) {
    if (has_part<TrustedParts>() || config.keyset != nullptr) {
      outcome_ = make_part<TrustedParts>(*this, config, boot, *memory, observer);
    }
  } else if (config.keyset != nullptr) {
    ESP_LOGE(kLogTag, "a KeySet needs a partition \"updraft\" of 16 KiB, better 32, or NVS");
    outcome_ = ESP_ERR_NOT_SUPPORTED;
  }
  if (!held_ || outcome_ != ESP_OK) return;
  policy.signing = &held_->updates;
  tell_time();
  (void)asks_now();
}

// The first KeySet may come long after the start, by native push.
bool Trusted::asks_now() {
  asks_ = held_ && held_->updates.stand() != Stand::open;
  return asks_;
}

esp_err_t TrustedParts::make(Trusted& to, const updraft_config_t& config, BootControl& boot,
                             Flash& memory, Observer& observer) {
  return to.open(config, boot, memory, observer);
}

esp_err_t Trusted::open(const updraft_config_t& config, BootControl& boot, Flash& memory,
                        Observer& observer) {
  const SignedProduct product{id_at(config.vendor_id), id_at(config.class_id)};
  held_ = as_part(make_owned<Held>(boot, memory, product, observer));
  if (!held_) return ESP_ERR_NO_MEM;
  const Bytes key_set(reinterpret_cast<const std::byte*>(config.keyset),
                      config.keyset != nullptr ? config.keyset_size : 0);
  const Result<> opened = held_->updates.open(key_set);
  if (opened) {
    const auto version = static_cast<unsigned long>(held_->updates.key_set_version());
    if (version != 0) ESP_LOGI(kLogTag, "KeySet %lu: only signed packages are taken", version);
    return ESP_OK;
  }
  const std::string_view why = sentence(opened.error());
  ESP_LOGE(kLogTag, "the KeySet is not taken: %.*s", static_cast<int>(why.size()), why.data());
  return opened.error().code == Code::flash ? ESP_FAIL : ESP_ERR_INVALID_ARG;
}

// 32 bits, which every chip reads at once, are enough until 2106.
void Trusted::tell_time() {
  not_before_ =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(held_->updates.not_before(), UINT32_MAX));
}

void Trusted::turn(Instant now, bool taken) {
  const std::uint32_t asked = asked_.exchange(kNothing);
  if (!asks_now()) return;
  tell_time();
  if (asked != kNothing && asked != 0) {
    armed_until_ = now + Millis{std::int64_t{asked} * 1000};
    held_->updates.arm();
    ESP_LOGW(kLogTag, "armed for %lu s: unsigned updates come in as far as they are allowed",
             static_cast<unsigned long>(asked));
  }
  const bool over = taken || asked == 0 || (armed_until_ && now >= *armed_until_);
  if (!armed_until_ || !over) return;
  armed_until_.reset();
  held_->updates.disarm();
  ESP_LOGI(kLogTag, "disarmed");
}
#else
Trusted::Trusted(const updraft_config_t& config, BootControl&, Flash*, Observer&, Policy&) {
  if (config.keyset == nullptr) return;
  ESP_LOGE(kLogTag, "a KeySet needs CONFIG_UPDRAFT_TAKE_SIGNED");
  outcome_ = ESP_ERR_NOT_SUPPORTED;
}

void Trusted::turn(Instant, bool) { asked_ = kNothing; }
#endif

}  // namespace updraft::esp_idf

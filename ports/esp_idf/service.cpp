#include "ports/esp_idf/service.hpp"

#include "esp_app_desc.h"
#include "esp_log.h"
#include "esp_system.h"
#include "ports/esp_idf/facts.hpp"

namespace updraft::esp_idf {
namespace {

constexpr Millis kRestartAfter{1'500};  // time for connections to end well

Policy policy_of(const updraft_config_t& config) {
  Policy policy;
  if (config.allow_unsigned_raw) policy.allow_unsigned(Scheme::raw);
  if (config.allow_unsigned_req) policy.allow_unsigned(Scheme::req);
  policy.require_hash = config.require_hash;
  policy.project =
      config.project != nullptr ? config.project : esp_app_get_description()->project_name;
  return policy;
}

}  // namespace

Service::Service(const updraft_config_t& config)
    : config_(config),
      policy_(policy_of(config)),
      reporter_(config.on_event, config.context),
      updater_(boot_, memory_.journal(), policy_, reporter_),
      intake_(updater_, reporter_, config.may_install, config.context),
      trial_(updater_, reporter_,
             {.within = Millis{config.confirm_within_s * std::int64_t{1000}},
              .is_healthy = config.is_healthy,
              .context = config.context}) {}

esp_err_t Service::open() {
  if (config_.pull_url != nullptr && !parse_pull_url(config_.pull_url)) {
    ESP_LOGE(kLogTag, "pull_url: not like req://host:port or raw://host:port");
    return ESP_ERR_INVALID_ARG;
  }
  if (const esp_err_t err = read_cipher(); err != ESP_OK) return err;
  raw_ = std::make_unique<RawDoor>(intake_, boot_, reporter_, cipher_ ? &*cipher_ : nullptr);
  req_ = std::make_unique<ReqDoor>(intake_, boot_, reporter_);
  if (config_.raw_port == 0) return ESP_OK;
  const Result<std::uint16_t> port = driver_.listen_on(config_.raw_port, *raw_);
  if (!port) {
    ESP_LOGE(kLogTag, "raw: port %u cannot be opened", static_cast<unsigned>(config_.raw_port));
    return ESP_FAIL;
  }
  raw_port_ = *port;
  return ESP_OK;
}

esp_err_t Service::read_cipher() {
  if (config_.raw_aes == UPDRAFT_AES_NONE) return ESP_OK;
  const bool cbc = config_.raw_aes == UPDRAFT_AES_256_CBC;
  const auto text = [](const char* value) { return value != nullptr ? value : ""; };
  const Result<link::RawCipher> cipher =
      link::raw_cipher(cbc ? crypto::AesMode::cbc : crypto::AesMode::ecb, text(config_.raw_key),
                       text(config_.raw_iv));
  if (!cipher) {
    ESP_LOGE(kLogTag, "raw_key or raw_iv does not have the length that the mode asks for");
    return ESP_ERR_INVALID_ARG;
  }
  cipher_ = *cipher;
  return ESP_OK;
}

void Service::start() {
  (void)updater_.start(started_by());  // without memory it works all the same
  trial_.start(now());
  if (config_.pull_url != nullptr && config_.pull_every_s > 0) next_pull_ = now();
}

bool Service::turn(Millis patience) {
  driver_.turn(patience);
  const Instant time = now();
  if (trial_.turn(time)) {
    esp_restart();
    return false;
  }
  pull(time);
  return !restart_when_due(time);
}

bool Service::ask_to_pull(const char* url) {
  const char* from = url != nullptr ? url : config_.pull_url;
  if (from == nullptr || !parse_pull_url(from)) return false;
  pull_now_ = from;
  return true;
}

void Service::pull(Instant now) {
  const char* from = pull_now_;
  if (from == nullptr && next_pull_ && now >= *next_pull_) from = config_.pull_url;
  if (from == nullptr || updater_.state() != UpdateState::idle) return;
  pull_now_ = nullptr;
  if (next_pull_) next_pull_ = now + Millis{config_.pull_every_s * std::int64_t{1000}};
  const auto url = parse_pull_url(from);
  if (const Result<> sent = driver_.connect_to(url->host.data(), url->port, door_to(url->scheme));
      !sent) {
    reporter_.on_ended(url->scheme, sent.error());
  }
}

Door& Service::door_to(Scheme scheme) {
  return scheme == Scheme::req ? static_cast<Door&>(*req_) : *raw_;
}

bool Service::restart_when_due(Instant now) {
  if (!config_.restart || updater_.state() != UpdateState::installed) return false;
  if (!restart_at_) restart_at_ = now + kRestartAfter;
  if (now < *restart_at_) return false;
  esp_restart();
  return true;
}

}  // namespace updraft::esp_idf

#include "ports/esp_idf/service.hpp"

#include "engine/crypto/random.hpp"
#include "engine/format/image_in_flash.hpp"
#include "esp_app_desc.h"
#include "esp_log.h"
#include "esp_system.h"
#include "ports/esp_idf/facts.hpp"

namespace updraft::esp_idf {
namespace {

constexpr Millis kRestartAfter{1'500};  // time for connections to end well

Policy policy_of(const updraft_config_t& config) {
  Policy policy;
  if (config.allow_unsigned_raw) policy.allow_unsigned(kRaw);
  if (config.allow_unsigned_req) policy.allow_unsigned(kReq);
  if (config.allow_unsigned_ws) policy.allow_unsigned(kWs);
  if (config.allow_unsigned_control) policy.allow_unsigned(kControl);
  policy.require_hash = config.require_hash;
  policy.project =
      config.project != nullptr ? config.project : esp_app_get_description()->project_name;
  return policy;
}

}  // namespace

Service::Service(const updraft_config_t& config)
    : config_(config),
      policy_(policy_of(config)),
      reporter_(config),
      status_(reporter_),
      unpacking_(config),
      updater_(boot_, memory_.journal(), policy_, status_, unpacking_.stages()),
      intake_(updater_, question()),
      trial_(updater_, reporter_,
             {.within = Millis{config.confirm_within_s * std::int64_t{1000}},
              .is_healthy = config.is_healthy,
              .context = config.context}),
      files_(config.bundle_files != nullptr ? *static_cast<FileTransaction*>(config.bundle_files)
                                            : no_files_) {}

esp_err_t Service::open() {
  if (config_.pull_url != nullptr && !parse_pull_url(config_.pull_url)) {
    ESP_LOGE(kLogTag, "pull_url: not like req://host:port or raw://host:port");
    return ESP_ERR_INVALID_ARG;
  }
  if (const esp_err_t err = read_cipher(); err != ESP_OK) return err;
  if (!lock_.made()) return ESP_ERR_NO_MEM;
  const Held held(lock_);
  raw_ = make_owned<RawDoor>(intake_, updater_, boot_, cipher_ ? &*cipher_ : nullptr);
  req_ = make_owned<ReqDoor>(intake_, updater_, boot_);
  if (!raw_ || !req_) return ESP_ERR_NO_MEM;
  if (unpacking_.outcome() != ESP_OK) return unpacking_.outcome();
  if (config_.bundle_port != 0) {
    if (const esp_err_t err = open_bundles(); err != ESP_OK) return err;
  }
  if (config_.raw_port == 0) return ESP_OK;
  const Result<std::uint16_t> port = driver_.listen_on(config_.raw_port, *raw_);
  if (!port) {
    ESP_LOGE(kLogTag, "raw: port %u cannot be opened", static_cast<unsigned>(config_.raw_port));
    return ESP_FAIL;
  }
  raw_port_ = *port;
  return ESP_OK;
}

esp_err_t Service::open_bundles() {
  if (config_.bundle_password == nullptr || config_.bundle_password[0] == '\0') {
    ESP_LOGE(kLogTag, "bundle: a password is needed");
    return ESP_ERR_INVALID_ARG;
  }
  bundles_ = make_owned<BundleDoor>(updater_, files_, policy_, question(), config_.bundle_password);
  if (!bundles_) return ESP_ERR_NO_MEM;
  if (driver_.listen_on(config_.bundle_port, *bundles_)) return ESP_OK;
  ESP_LOGE(kLogTag, "bundle: port %u cannot be opened", static_cast<unsigned>(config_.bundle_port));
  return ESP_FAIL;
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
  const Held held(lock_);
  (void)updater_.start(started_by());  // without memory it works all the same
  look_at_images();
  trial_.start(now());
  if (config_.pull_url != nullptr && config_.pull_every_s > 0) next_pull_ = now();
}

bool Service::turn(Millis patience) {
  driver_.turn(patience);
  const Instant time = now();
  pull(time);
  const Held held(lock_);
  if (trial_.turn(time)) {
    esp_restart();
    return false;
  }
  if (Companion* companion = companion_) companion->tick(time);
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
  if (from == nullptr) return;
  {
    const Held held(lock_);
    if (updater_.state() != UpdateState::idle) return;
  }
  pull_now_ = nullptr;
  if (next_pull_) next_pull_ = now + Millis{config_.pull_every_s * std::int64_t{1000}};
  const auto url = parse_pull_url(from);
  if (const Result<> sent = driver_.connect_to(url->host.data(), url->port, door_to(url->scheme));
      !sent) {
    const Held held(lock_);
    updater_.never_began(url->scheme, sent.error());
  }
}

Door& Service::door_to(Scheme scheme) { return scheme == kReq ? static_cast<Door&>(*req_) : *raw_; }

// By itself only where the row of the protocol says so: else the peer says when, or the protocol.
bool Service::restart_when_due(Instant now) {
  const std::optional<Scheme> by = reporter_.installed_by();
  const bool at_once = config_.restart && by && (*by)->restarts == Restarts::device;
  if (!at_once && !restart_asked_) return false;
  if (!restart_at_) restart_at_ = now + kRestartAfter;
  if (now < *restart_at_) return false;
  esp_restart();
  return true;
}

// What runs, and what a rollback would bring back: by their descriptors and appended hashes.
void Service::look_at_images() {
  const auto look = [this](const Slot& slot) -> std::optional<format::ImageInfo> {
    std::array<std::byte, format::kAppDescriptorBytes> bytes;
    Flash& flash = boot_.flash(slot);
    if (!flash.read(format::kAppDescriptorOffset, bytes)) return std::nullopt;
    const auto app = format::parse_app_descriptor(bytes);
    if (!app) return std::nullopt;
    format::ImageInfo info;
    info.has_descriptor = true;
    info.app = *app;
    if (const auto digest = format::appended_digest(flash)) info.digest = *digest;
    return info;
  };
  running_ = look(boot_.running()).value_or(format::ImageInfo{});
  if (const Result<Slot> other = boot_.update_slot()) {
    if (const auto image = look(*other)) previous_ = {image->app.version, image->app.project_name};
  }
  if (boot_.rejected_slot()) status_.note_rolled_back();
  std::array<std::byte, sizeof boot_number_> random;
  crypto::random_bytes(random);
  boot_number_ = load_le32(random, 0);
}

void Service::fill(Status& status) {
  status.running = running_;
  status.chip_id = boot_.facts().chip->id;
  status.slot = boot_.running().label;
  status.slot_bytes = update_slot_bytes(boot_);
  status.sealed = unpacking_.keys_held();
  status.state = boot_.running_state();
  status.confirms_itself = config_.is_healthy != nullptr;
  status.uptime = std::chrono::duration_cast<Millis>(now().time_since_epoch());
  status.boot = boot_number_;
  status.policy = weakest_accepted(policy_, kWs);
  if (!status_.wrote()) status.previous = previous_;
  status_.fill(status);
}

}  // namespace updraft::esp_idf

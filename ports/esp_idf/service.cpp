#include "ports/esp_idf/service.hpp"

#include "engine/crypto/random.hpp"
#include "engine/format/image_in_flash.hpp"
#include "engine/format/version_order.hpp"
#include "esp_app_desc.h"
#include "esp_log.h"
#include "esp_system.h"
#include "ports/esp_idf/facts.hpp"
#include "ports/esp_idf/knobs.hpp"
#include "ports/esp_idf/left_out.hpp"
#include "ports/esp_idf/literal.hpp"
#include "ports/esp_idf/slot_bytes.hpp"
#ifdef CONFIG_UPDRAFT_MDNS
#include "protocols/link/http_text.hpp"
#endif

namespace updraft::esp_idf {
namespace {

constexpr Millis kRestartAfter{1'500};     // time for connections to end well
constexpr std::uint32_t kArmedForS = 300;  // in the rescue app of a device that was armed
static_assert(!kHasSockets || std::size(kDoorRows) <= kMaxListeners);

Policy policy_of(const updraft_config_t& config) {
  Policy policy;
  for (const DoorRow& row : kDoorRows) {
    const bool allowed = row.allow_unsigned.field != nullptr && config.*row.allow_unsigned.field;
    if (allowed) policy.allow_unsigned(row.protocol);
  }
  policy.require_hash = config.require_hash;
  if (config.refuse_downgrade) policy.is_older = &format::is_older;
  policy.project =
      config.project != nullptr ? config.project : esp_app_get_description()->project_name;
  return policy;
}

}  // namespace

Service::Service(const updraft_config_t& config, DataParts* parts)
    : config_(config),
      policy_(policy_of(config)),
      reporter_(config),
      status_(reporter_),
      unpacking_(config),
      memory_(takes_signed(), kHasRescue),
      trusted_(config_, boot_, memory_.signing(), status_, policy_),
      engine_(parts, boot_),
      updater_(engine_.boot(), memory_.memory(), policy_, status_, unpacking_.stages(),
               unpacking_.sector()),
      intake_(engine_.serve(updater_, policy_, unpacking_.stages(), trusted_, boot_parts_.target()),
              question()),
      trial_(engine_.steering(updater_), reporter_, lock_,
             {.within = Millis{config.confirm_within_s * std::int64_t{1000}},
              .is_healthy = config.is_healthy,
              .context = config.context}),
      rescue_(boot_parts_, config_.min_rescue, updater_, status_, reporter_),
      context_{.config = config_,
               .policy = policy_,
               .intake = intake_,
               .updater = updater_,
               .boot = boot_,
               .question = question(),
               .running = running_,
               .reporter = reporter_,
               .targets = engine_.targets(),
               .package = engine_.package(),
               .service = *this} {
  if (parts != nullptr) parts->serve(config_, boot_parts_.one_slot(), memory_, reporter_, lock_);
}

esp_err_t Service::open() {
  if (const esp_err_t err = check_left_out(config_); err != ESP_OK) return err;
  if (config_.pull_url != nullptr && !parse_pull_url(config_.pull_url)) {
    for (const DoorRow& row : kDoorRows) {
      if (!row.protocol.fetches || row.make == nullptr) continue;
      ESP_LOGE(kLogTag, "pull_url: not like %s://host:port", literal(row.protocol.name));
    }
    return ESP_ERR_INVALID_ARG;
  }
  if (!lock_.made()) return ESP_ERR_NO_MEM;
  const Held held(lock_);
  if (unpacking_.outcome() != ESP_OK) return unpacking_.outcome();
  if (config_.reserve_memory && kHasSockets && !calls_.reserve(SocketDriver::kWorkBytes))
    return ESP_ERR_NO_MEM;
  if (trusted_.outcome() != ESP_OK) return trusted_.outcome();
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    if (const esp_err_t err = open_door(kDoorRows[i], doors_[i]); err != ESP_OK) return err;
  }
  return check_pull();
}

// Where parts are named, the one that the URL needs may not be.
esp_err_t Service::check_pull() {
  const auto url = config_.pull_url != nullptr ? parse_pull_url(config_.pull_url) : std::nullopt;
  if (!url || door_to(url->scheme) != nullptr) return ESP_OK;
  ESP_LOGE(kLogTag, "pull_url: what fetches by %s is not in this program",
           literal(name(url->scheme)));
  return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t Service::open_door(const DoorRow& row, Owned<Door>& door) {
  if (row.make == nullptr) return ESP_OK;
  if (const esp_err_t err = row.make(context_, door); err != ESP_OK) return err;
  if (!door || door->port() == 0) return ESP_OK;
  const bool hears = door->datagrams() != nullptr;
  if (hears ? driver_.hear_on(door->port(), *door) : driver_.listen_on(door->port(), *door))
    return ESP_OK;
  ESP_LOGE(kLogTag, "%s: port %u cannot be opened", literal(row.protocol.name),
           static_cast<unsigned>(door->port()));
  return ESP_FAIL;
}

void Service::say_what_is_open(std::size_t taken) {
  const Held held(lock_);
  std::size_t most = 0;
  const auto url = config_.pull_url != nullptr ? parse_pull_url(config_.pull_url) : std::nullopt;
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    if (!doors_[i]) continue;
    const DoorRow& row = kDoorRows[i];
    most = std::max(most, doors_[i]->needs());
    const bool pulls = url && url->scheme == row.protocol;
    if (row.protocol.fetches && doors_[i]->port() == 0 && !pulls) continue;  // until it is asked
    const char* const password = row.password != nullptr ? config_.*row.password : nullptr;
    say_way({.scheme = row.protocol,
             .port = doors_[i]->port(),
             .place = pulls ? "fetches" : "open",
             .has_password = (password != nullptr && password[0] != '\0') || doors_[i]->has_key()});
  }
  say_memory(taken, unpacking_.needs() + SocketDriver::kWorkBytes + most, config_.reserve_memory);
}

void Service::say_way(const Way& way) { esp_idf::say_way(way, policy_, unpacking_.stages()); }

void Service::start() {
  {
    const Held held(lock_);
    restart_asked_ = rescue_.start(now());
    (void)updater_.start(started_by());  // if the journal fails, updates work without it
    if (rescue_.was_armed()) trusted_.ask_to_arm(kArmedForS);
    engine_.tell_states();
    engine_.hand_back();
    look_at_images();
    trial_.start(now());
    start_to_pull();
    if (rescue_.asked_url() != nullptr) (void)ask_to_pull(rescue_.asked_url());
  }
  reporter_.deliver(lock_);
#ifdef CONFIG_UPDRAFT_MDNS
  announce();
#endif
}

#ifdef CONFIG_UPDRAFT_MDNS
// Its facts change with the next start alone.
void Service::announce() {
  Announcer::Facts facts{.id = device_id(config_), .running = &running_};
  Announcer::Stand now_is;
  {
    const Held held(lock_);
    facts.chip = boot_.facts().chip->name;
    std::array<char, kOpenBytes> room;
    link::HttpText open(room);
    for (std::size_t i = 0; i < doors_.size(); ++i) {
      const std::uint16_t port = doors_[i] ? doors_[i]->port() : 0;
      if (port == 0) continue;
      const bool ours = kDoorRows[i].protocol.id == kNative.id;
      if (facts.port == 0 || ours) facts.port = port;
      open.add(open.view().empty() ? "" : ",").add(kDoorRows[i].protocol.name).add(":").add(port);
    }
    facts.open = Text<kOpenBytes>(open.view());
    now_is = stand();
  }
  if (facts.port != 0) announcer_.start(config_.mdns_name, facts, now_is);
}

// The state changes where a trial ends, and flash need not be read each time.
Announcer::Stand Service::stand() {
  const bool is_news = stand_.state == OtaState::undefined ||
                       (stand_.state == OtaState::pending_verify && !trial_.runs());
  if (is_news) stand_.state = boot_.running_state();
  stand_.paired =
      std::ranges::any_of(doors_, [](const Owned<Door>& door) { return door && door->paired(); });
  return stand_;
}
#endif

bool Service::turn(Millis patience) {
  driver_.turn(is_busy_ ? Millis{0} : patience);
  const Instant time = now();
  bool restarts = false;
#ifdef CONFIG_UPDRAFT_MDNS
  Announcer::Stand now_is;
#endif
  {
    const Held held(lock_);
    pull(time);
    let_in_when_asked();
    turn_doors(time);
    trusted_.turn(time, updater_.state() == UpdateState::installed);
    rescue_.note(trusted_.armed());
    if (rescue_.turn(time)) restart_asked_ = true;
    bring_parts(time);
    restarts = trial_.turn(time) || is_restart_due(time);
#ifdef CONFIG_UPDRAFT_MDNS
    now_is = stand();
#endif
  }
#ifdef CONFIG_UPDRAFT_MDNS
  announcer_.tell(now_is);
#endif
  reporter_.deliver(lock_);
  if (Companion* companion = companion_) companion->tick(time);
  if (restarts) esp_restart();
  return !restarts;
}

void Service::turn_doors(Instant now) {
  is_busy_ = false;
  for (const Owned<Door>& door : doors_) {
    if (door && door->turn(now, driver_)) is_busy_ = true;
  }
}

void Service::let_in_when_asked() {
  const std::uint64_t asked = let_in_.exchange(0);
  if (asked == 0) return;
  ImageName image;
  store_le32(image, 0, static_cast<std::uint32_t>(asked));
  store_le32(image, 4, static_cast<std::uint32_t>(asked >> 32));
  if (!updater_.let_in(image)) ESP_LOGW(kLogTag, "no image of that name is remembered here");
}

// Each door by its own pace, if it has one.
void Service::start_to_pull() {
  const auto url = config_.pull_url != nullptr ? parse_pull_url(config_.pull_url) : std::nullopt;
  if (!url) return;
  Door* const door = door_to(url->scheme);
  if (door != nullptr && door->fetches_by_itself()) return door->start(now());
  if (config_.pull_every_s > 0) next_pull_ = now();
}

bool Service::ask_to_pull(const char* url) {
  const char* from = url != nullptr ? url : config_.pull_url;
  const auto parsed = from != nullptr ? parse_pull_url(from) : std::nullopt;
  if (from != nullptr && !parsed) {
    ESP_LOGE(kLogTag,
             "updraft_pull: nothing in this program fetches like that: menuconfig, Updraft");
  }
  if (!parsed || door_to(parsed->scheme) == nullptr) return false;
  pull_now_ = from;
  return true;
}

void Service::pull(Instant now) {
  if constexpr (!kFetches) return;
  if (lookup_.state() != Lookup::State::idle) return fetch(now);
  const char* const asked = pull_now_;
  const char* from = asked;
  if (from == nullptr && next_pull_ && now >= *next_pull_) from = config_.pull_url;
  if (from == nullptr || updater_.state() != UpdateState::idle) return call(now);
  const char* expected = asked;  // what another task asks for meanwhile is not lost
  (void)pull_now_.compare_exchange_strong(expected, nullptr);
  if (next_pull_) next_pull_ = now + Millis{config_.pull_every_s * std::int64_t{1000}};
  const std::optional<PullUrl> url = parse_pull_url(from);
  if (!url) return;  // it was one when it was given
  Door& door = *door_to(url->scheme);
  if (door.fetches_by_itself()) return (void)door.ask(from, now);
  pulling_ = *url;
  lookup_.start(pulling_.host);
}

// What the application wants in its place before the next start.
void Service::bring_parts(Instant now) {
  if (!engine_.bring_asked()) return;
  if (updater_.waits_for_restart()) return;
  trial_.start_again(now);
  reporter_.need_no_restart();
  restart_at_.reset();
}

// For a door that wants to fetch now.
void Service::call(Instant now) {
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    const std::optional<Call> wanted = doors_[i] ? doors_[i]->wanted_call(now) : std::nullopt;
    if (!wanted) continue;
    pulling_ = {.scheme = kDoorRows[i].protocol, .host = wanted->host, .port = wanted->port};
    return lookup_.start(pulling_.host);
  }
}

// Once lwIP has an answer.
void Service::fetch(Instant now) {
  if (lookup_.state() == Lookup::State::looking) return;
  const bool found = lookup_.state() == Lookup::State::found;
  const std::uint32_t address = lookup_.take();
  Door& door = *door_to(pulling_.scheme);
  const Result<> sent = found ? driver_.connect_to(address, pulling_.port, door)
                              : fail(Code::unreachable, Where::link);
  if (!sent) door.missed(sent.error(), now);
}

// nullptr: the configuration asks for none.
Door* Service::door_to(Scheme scheme) {
  std::size_t i = 0;
  while (scheme != kDoorRows[i].protocol) ++i;  // it is there: parse_pull_url() has found it
  return doors_[i].get();
}

// By itself only if the protocol's row says so: else the peer asks for it, or the protocol does.
bool Service::is_restart_due(Instant now) {
  const std::optional<Scheme> by = reporter_.installed_by();
  const bool at_once = config_.restart && by && (*by)->restarts == Restarts::device;
  if (!at_once && !restart_asked_) return false;
  if (!restart_at_) restart_at_ = now + kRestartAfter;
  return now >= *restart_at_;
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
    const auto image = look(*other);
    if (image && updater_.is_sound(*other)) {
      previous_ = {image->app.version, image->app.project_name};
    }
  }
  if (boot_.rejected_slot()) status_.note_rolled_back();
  if (const auto damaged = boot_.damaged_record()) {
    reporter_.on_damaged_record(*damaged);
  }
  std::array<std::byte, sizeof boot_number_> random;
  crypto::random_bytes(random);
  boot_number_ = load_le32(random, 0);
}

std::uint64_t Service::payload_bytes() {
  return std::max(update_payload_bytes(boot_, updater_),
                  engine_.largest() + std::uint64_t{updater_.overhead()});
}

void Service::fill(Status& status) {
  status.running = running_;
  const ChipFacts facts = boot_.facts();
  status.chip_id = facts.chip->id;
  if (!facts.ignore_max_revision) {
    status.chip_revision = facts.revision;
    status.block_revision = facts.block_revision;
  }
  status.slot = boot_.running().label;
  status.slot_bytes = update_slot_bytes(boot_);
  if (const auto factory = boot_.factory()) status.factory = factory->label;
  status.sealed = unpacking_.keys_held();
  status.inflate_window = unpacking_.window();
  status.takes_delta = unpacking_.stages().patch != nullptr;
  status.state = boot_.running_state();
  status.confirms_itself = config_.is_healthy != nullptr;
  status.give_up_in = trial_.left(now());
  status.uptime = std::chrono::duration_cast<Millis>(now().time_since_epoch());
  status.boot = boot_number_;
  if (!status_.wrote()) status.previous = previous_;
  engine_.fill(status);
  rescue_.fill(status);
  status.refuses_downgrade = policy_.is_older != nullptr;
  status.remembered_count = updater_.remembered(status.remembered);
  status_.fill(status);
  if (status.last && !status.last->ok) status.last_sentence = sentence_here(status.last->why);
}

}  // namespace updraft::esp_idf

#include "virtual_device/virtual_device.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <utility>

#include <unistd.h>

#include "engine/crypto/random.hpp"
#include "host/dump/table.hpp"
#include "sim/demo_image.hpp"

namespace updraft::device {
namespace {

constexpr Millis kSelfTest{200};                 // before a bad app crashes
constexpr std::uint64_t kFileBytes = 16u << 20;  // that one bundle may bring
// After an update that nobody says has ended: longer than any protocol waits for its last words.
constexpr Millis kRestartAtLatest{15'000};

sim::BootBuild build_of(const std::string& word) {
  if (word == "plain") return sim::BootBuild::plain;
  if (word == "rollback") return sim::BootBuild::rollback;
  if (word == "anti-rollback") return sim::BootBuild::anti_rollback;
  throw std::runtime_error("device.json: there is no bootloader \"" + word + "\"");
}

sim::Cut cut_of(const std::string& word) {
  for (const auto cut : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    if (word == sim::name(cut)) return cut;
  }
  throw std::runtime_error("there is no power cut \"" + word + "\"");
}

// The bootloader's own words for why it did not take the app that otadata asks for.
std::string why_skipped(const sim::BootReport& report) {
  const std::string start = sim::app_name(*report.selected) + ": ";
  for (const std::string& line : report.trace) {
    if (line.starts_with(start)) return line.substr(start.size());
  }
  return "it is not there";
}

const sim::FlashTiming& timing_of(const std::string& word) {
  const sim::FlashTiming* timing = sim::find_flash_timing(word);
  if (timing == nullptr) throw std::runtime_error("there is no flash timing \"" + word + "\"");
  return *timing;
}

sim::NorConfig nor_config(const Options& options) {
  const sim::FlashTiming& timing = timing_of(options.flash_timing);
  const bool takes_time = timing.page_program.count() != 0;
  return {.timing = timing,
          .call = takes_time ? sim::kDriverCall : sim::Nanos{0},
          .encrypted = options.flash_encryption};
}

}  // namespace

VirtualDevice::VirtualDevice(const Options& options, DoorSpan doors, Events& events,
                             const Reset& last)
    : options_(options),
      doors_(doors),
      events_(events),
      last_(last),
      state_(options, last.lock),
      name_(device_name(options, state_.identity())),
      status_(*this),
      flash_(state_.flash(), clock_, nor_config(options)),
      network_(clock_,
               {.bytes_per_second = options.network_rate, .round_trip = options.round_trip}),
      device_(flash_, state_.identity().efuse, build_of(state_.identity().bootloader),
              options.policy, status_, options.keys.get(), state_.identity().table_offset,
              options.trusted),
      files_(options.state, kFileBytes) {
  device_.set_up_parts(
      {.events = this, .in_place = options.in_place, .fs_autosize = options.fs_autosize});
  device_.takes_unsigned_rescue(options.takes_unsigned_rescue);
  prepare_flash();
}

VirtualDevice::~VirtualDevice() = default;

std::optional<Reset> VirtualDevice::run() {
  if (last_.reason == ResetReason::power_on) warn_of_what_does_nothing();
  reactor_.on_signal([this](int) { reactor_.stop(); });  // in order, also while it starts
  boot();
  if (leave_if_it_cannot_stay_up()) return next_start();
  open_doors();
  announce();
  start_app();
  reactor_.on_line(STDIN_FILENO, [this](std::string_view line) { on_console(line); });
  reactor_.run();
  save();
  if (!reset_) {
    if (announcing_) announcing_->say_goodbye();
    return std::nullopt;
  }
  return next_start();
}

Reset VirtualDevice::next_start() {
  events_.on_reboot(name(*reset_));
  Reset next{.reason = *reset_};
  next.lock = state_.keep_lock();
  for (const auto& [name, opened] : open_doors_) opened->keep(next.doors[name]);
  if (options_.cut_power_at) {
    const std::uint64_t budget = last_.operations_left.value_or(*options_.cut_power_at);
    next.operations_left = budget - std::min(budget, flash_.operations());
  }
  return next;
}

void VirtualDevice::prepare_flash() {
  flash_.mark_weak(state_.weak_sectors());
  if (!options_.cut_power_at) return;
  const std::uint64_t operation = last_.operations_left.value_or(*options_.cut_power_at);
  flash_.on_cut([this] {
    (void)state_.save_weak_sectors(flash_.weak_sectors());
    events_.on_power_cut();
    std::raise(SIGKILL);
  });
  flash_.cut_power_at(operation, cut_of(options_.cut_variant));
}

void VirtualDevice::warn_of_what_does_nothing() {
  if (!state_.fresh() && !options_.only_for_new.empty()) {
    events_.on_warning("the device exists already, so this changes nothing: " +
                       options_.only_for_new);
  }
  const std::uint32_t table = state_.identity().table_offset;
  const Bytes flash = state_.flash();
  for (const std::string& doubt : dump::doubts_about(
           dump::read_table(flash.subspan(std::min<std::size_t>(table, flash.size()))).table)) {
    events_.on_warning("the partition table: " + doubt);
  }
  const bool reachable = options_.pull || std::ranges::any_of(doors_, &Door::asked_for);
  if (reachable) return;
  std::string ways;
  for (const auto& door : doors_) {
    for (const std::string& option : door->openers()) {
      if (ways.find(option + ", ") == ways.npos) ways += option + ", ";  // some share a port
    }
  }
  events_.on_warning("no update can reach this device; open a way in with " + ways + "or --pull");
}

void VirtualDevice::boot() {
  const sim::BootReport& report = device_.power_on();
  save();  // the bootloader may have raised the anti-rollback counter
  if (!report.app) {
    events_.on_no_boot(report.app.error(), report.trace);
    throw Unusable("no app boots; `updraft inspect` of the state directory says why");
  }
  tell_rollback();
  events_.on_boot(*report.app, device_.boot_control().damaged_record(),
                  device_.signing() != nullptr ? device_.signing()->running() : std::nullopt);
  tell_key_set();
}

// The app's first act. True: another app was chosen, and the device restarts.
bool VirtualDevice::leave_if_it_cannot_stay_up() {
  const bool by_power = last_.reason == ResetReason::power_on;
  const auto cause = last_.reason == ResetReason::panic ? RescueBoot::Cause::crash
                     : by_power                         ? RescueBoot::Cause::power
                                                        : RescueBoot::Cause::other;
  const RescueBoot::Started started = device_.prepare(cause);
  rescue_ = started.reason;
  if (rescue_) events_.on_rescue(*rescue_);
  if (started.rescue_broken) events_.on_rescue_broken();
  const RescueVersion& rescue = rescue_version_.emplace(device_.rescue(), options_.min_rescue);
  if (rescue.is_too_old()) events_.on_rescue_too_old(rescue.present().view(), rescue.wanted());
  if (started.restarts) {
    reset_ = ResetReason::rescue;
    save();
    return true;
  }
  device_.start(by_power ? StartedBy::power : StartedBy::reset);
  settle_files();
  std::array<std::byte, sizeof boot_number_> random;
  crypto::random_bytes(random);
  boot_number_ = load_le32(random, 0);
  return false;
}

// What it was left with; and the way back, if nothing comes.
void VirtualDevice::start_rescue() {
  const std::optional<RescueRequest> asked = device_.rescue().request();
  if (asked && asked->armed) arm("");
  if (rescue_ != RescueReason::update) return;
  reactor_.after(options_.rescue_wait, [this] {
    if (status_.wrote() || device_.updater().in_session()) return;
    if (device_.rescue().go_back()) reset(ResetReason::rescue);
  });
}

void VirtualDevice::tell_key_set() {
  SignedUpdates* const signing = device_.signing();
  if (signing != nullptr && signing->key_set_version() != 0) {
    return events_.on_holds_key_set(signing->key_set_version(), signing->not_before(),
                                    signing->has_both_records());
  }
  if (options_.trusted.key_set.empty()) return;
  throw Unusable(
      "there is no room for a KeySet: it needs a data partition \"updraft\" of 16 KiB, better 32");
}

// The bootloader goes back by marking the record it no longer trusts, or because the slot that
// otadata asks for is damaged.
void VirtualDevice::tell_rollback() {
  const int selected = device_.boot().selected.value_or(sim::kFactoryIndex);
  if (selected >= 0 && selected != device_.app().index) {
    rolled_back(sim::app_name(selected) + " does not boot: " + why_skipped(device_.boot()));
  }
  for (const sim::RecordWrite& write : device_.boot().writes) {
    if (write.state != OtaState::aborted) continue;
    const std::string_view reason = last_.reason == ResetReason::panic
                                        ? "the new image crashed before it was confirmed"
                                        : "the new image was not confirmed before the restart";
    rolled_back(reason);
  }
  if (last_.reason == ResetReason::rollback) {
    rolled_back("the new image was given up");
  }
}

void VirtualDevice::rolled_back(std::string_view reason) {
  status_.note_rolled_back();
  events_.on_rolled_back(device_.app().partition.label.view(), reason);
}

// The files follow the image that runs.
void VirtualDevice::settle_files() {
  if (!files_.settle(device_.boot_control().running().index, !pending())) {
    events_.on_warning("the files of this device cannot be put in order; is its disk full?");
  }
}

void VirtualDevice::start_app() {
  const bool unconfirmed = device_.app().state != OtaState::valid;
  const std::string behaviour = app_behaviour();
  if (pending() && options_.confirm == Confirm::automatic && behaviour != "never-confirm") {
    confirm_at_ = reactor_.now() + options_.confirm_after;
  }
  if (behaviour == "crash" && unconfirmed) {
    reactor_.after(kSelfTest, [this] { reset(ResetReason::panic); });
  } else if (pending() && behaviour == "never-confirm") {
    give_up_at_ = reactor_.now() + options_.confirm_within;
    reactor_.after(options_.confirm_within, [this] {
      if (pending()) reset(ResetReason::not_confirmed);
    });
  } else {
    confirm_by_itself();
  }
  reactor_.after(options_.healthy_after, [this] { device_.rescue().healthy(); });
  if (rescue_) start_rescue();
  if (!pending()) start_pulling();
}

void VirtualDevice::confirm_by_itself() {
  if (!pending() || options_.confirm != Confirm::automatic) return;
  confirm_at_ = reactor_.now() + options_.confirm_after;
  reactor_.after(options_.confirm_after, [this] { (void)confirm(); });
}

// Not by an image on trial: it takes no update.
void VirtualDevice::start_pulling() {
  if (puller_ == nullptr) return;
  // The rescue app fetches what the app asked for.
  const bool asked = rescue_ == RescueReason::update && device_.rescue().request() &&
                     device_.rescue().request()->url.view() == options_.pull->url;
  if (last_.reason == ResetReason::power_on || asked || puller_->goes_on()) puller_->start();
}

// What the options ask for; else what a demo image says about itself.
std::string VirtualDevice::app_behaviour() {
  if (options_.app == App::crash && device_.app().state == OtaState::pending_verify) return "crash";
  if (options_.confirm == Confirm::never) return "never-confirm";
  std::array<std::byte, sim::kDemoHeadBytes> head{};
  (void)device_.boot_control().flash(device_.boot_control().running()).read(0, head);
  return std::string(sim::demo_app(head));
}

void VirtualDevice::on_connection_closed(const Result<>& outcome) {
  const bool handed_over = !outcome && outcome.error().code == Code::rescue_first;
  if (handed_over && device_.rescue().restart_due()) return reset(ResetReason::rescue);
  if (restart_due_ && outcome) reset(ResetReason::update);
}

// When the connection that brought the update ends; without it, after a while.
void VirtualDevice::restart_soon() {
  restart_due_ = true;
  reactor_.after(kRestartAtLatest, [this] {
    if (restart_due_) reset(ResetReason::update);
  });
}

void VirtualDevice::reset(ResetReason reason) {
  if (reset_) return;
  reset_ = reason;
  reactor_.hold_signals();
  close_doors();
}

// With --realtime the device is as slow as its flash.
void VirtualDevice::keep_pace() {
  if (!options_.realtime) return;
  const sim::Nanos owed = clock_.now() - slept_;
  slept_ = clock_.now();
  std::this_thread::sleep_for(owed);
}

// Want of disk is no fault of the image that runs: the device goes on, and tries again later.
void VirtualDevice::save() {
  const bool identity = state_.save_identity();
  const bool sectors = state_.save_weak_sectors(flash_.weak_sectors());
  if (identity && sectors) return;
  events_.on_warning("device.json or weak-sectors cannot be written; is the disk full?");
}

void VirtualDevice::on_begun(const Session& session) {
  session_ = session.id;
  wrote_ = false;
  RescueRequest& next = device_.rescue().next_request();  // if it is handed over
  next.armed = device_.signing() != nullptr && device_.signing()->armed();
  const bool fetched = options_.pull && options_.pull->scheme == session.scheme;
  const std::string url = fetched ? options_.pull->url : "";
  next.url = Text<kRequestUrl>(std::string_view(url.size() <= kRequestUrl ? url : ""));
  events_.on_begun(session);
}

// Of what wrote nothing, anybody who can connect makes as many as he likes.
void VirtualDevice::on_ended(const Session& session, const Error& error) {
  const bool wrote = session.id == session_ && wrote_;
  if (wrote || strangers_.shows_refusal()) events_.on_ended(session, error);
  if (!device_.rescue().restart_due()) return;
  constexpr Millis kAnswerMs{500};  // for the answer to go out, where the connection stays open
  reactor_.after(kAnswerMs, [this] { reset(ResetReason::rescue); });
}

void VirtualDevice::on_state(UpdateState state) {
  if (state == UpdateState::writing) wrote_ = true;
  if (state == UpdateState::judging) {
    flash_.reset_stats();
    update_began_ = clock_.now();
  }
  if (state == UpdateState::verifying) read_before_verify_ = flash_.stats().read.time;
}

void VirtualDevice::on_progress(std::uint64_t received, std::uint64_t total) {
  keep_pace();
  if (modelled()) events_.on_modelled(clock_.now() - update_began_);
  events_.on_progress(received, total);
}

void VirtualDevice::on_installed(const Installed& installed) {
  keep_pace();
  if (installed.session.scheme->restarts == Restarts::device) restart_soon();
  const bool is_signed = installed.trust == Trust::signed_image;
  events_.on_installed(installed, is_signed ? device_.signing()->pending() : std::nullopt);
  disarm();
  if (!modelled()) return;
  events_.on_flash_time({.flash = flash_.stats(),
                         .network = network_.waited(),
                         .verify = flash_.stats().read.time - read_before_verify_,
                         .total = clock_.now() - update_began_});
}

void VirtualDevice::on_current(const Session& session, const format::ImageInfo& image) {
  if (const auto version = std::exchange(key_set_taken_, std::nullopt)) {
    return events_.on_key_set(session, *version);
  }
  events_.on_current(session, image);
}

// With --now it comes to its place as soon as its session is over.
void VirtualDevice::on_part(const parts::PartNews& news) {
  events_.on_part(news);
  const auto& now = options_.now;
  const bool asked = std::ranges::find(now, news.label) != now.end();
  if (news.state != parts::PartState::staged || !asked) return;
  brings_now_ = true;
  reactor_.after(Millis{0}, [this, label = std::string(news.label)] { bring_now(label); });
}

void VirtualDevice::bring_now(const std::string& label) {
  brings_now_ = false;
  const Result<bool> brought = device_.parts()->bring_now(label);
  const bool is_there = brought && *brought && !device_.updater().waits_for_restart();
  if (is_there) {
    restart_due_ = restart_wanted_ = false;
    confirm_by_itself();
  } else if (restart_wanted_) {
    restart_soon();
  }
}

void VirtualDevice::on_files_installed(const FilesInstalled& installed) {
  restart_wanted_ = installed.changed && installed.session.scheme->restarts == Restarts::device;
  if (restart_wanted_ && !brings_now_) restart_soon();
  events_.on_files_installed(installed);
  disarm();
}

void VirtualDevice::on_confirmed() {
  save();
  settle_files();
  events_.on_confirmed();
  start_pulling();
}

}  // namespace updraft::device

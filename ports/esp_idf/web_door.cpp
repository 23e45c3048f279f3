#include "ports/esp_idf/web_door.hpp"

#include <algorithm>
#include <string_view>

#include "esp_log.h"
#include "nvs.h"
#include "ports/esp_idf/reporter.hpp"
#include "ports/esp_idf/slot_bytes.hpp"
#include "ports/esp_idf/socket_driver.hpp"

namespace updraft::esp_idf {
namespace {

constexpr const char* kNoteKey = "web";

// Lines of a request's head, each with its end; NULL: none.
bool are_fields(const char* text) {
  const std::string_view fields = text != nullptr ? text : "";
  return fields.empty() || (fields.ends_with("\r\n") && fields.find("\r\n\r\n") == fields.npos);
}

}  // namespace

esp_err_t WebDoor::make(const DoorContext& context, const Protocol& scheme, Owned<Door>& door) {
  const char* const url = context.config.pull_url;
  const auto parsed = url != nullptr ? link::parse_web_url(url) : std::nullopt;
  if (!parsed || parsed->tls != scheme.words.front().tls) return ESP_OK;
  if (!are_fields(context.config.pull_fields)) {
    ESP_LOGE(kLogTag, "pull_fields: want lines like X-Device: kitchen, each with its CR LF");
    return ESP_ERR_INVALID_ARG;
  }
  auto made = make_owned<WebDoor>(context, scheme);
  if (!made) return ESP_ERR_NO_MEM;
  if (made->terms_ && made->terms_->outcome() != ESP_OK) {
    ESP_LOGE(kLogTag, "pull_ca: that is no certificate in PEM form");
    return made->terms_->outcome();
  }
  const char* const id = context.config.pull_id;
  if (id != nullptr && id[0] != '\0') {
    if (!link::is_pull_id(id)) {
      ESP_LOGE(kLogTag, "pull_id: want 1 to 64 of A-Z a-z 0-9 . _ -");
      return ESP_ERR_INVALID_ARG;
    }
    made->reports_ = make_owned<FleetReports>(context.config);
    if (!made->reports_) return ESP_ERR_NO_MEM;
    if (!made->reports_->is_sound()) return ESP_ERR_INVALID_ARG;
  }
  door = Owned<Door>(made.release());
  return ESP_OK;
}

WebDoor::WebDoor(const DoorContext& context, const Protocol& scheme)
    : context_(context), scheme_(scheme) {
  if (scheme.words.front().tls) terms_.emplace(context.config.pull_ca);
}

WebDoor::~WebDoor() {
  if (reports_) context_.reporter.let_go(*reports_);
}

void WebDoor::set(const char* url) {
  const updraft_config_t& config = context_.config;
  url_ = url;
  pull_.emplace(
      context_.intake,
      link::WebPull::Config{.url = url,
                            .fields = config.pull_fields != nullptr ? config.pull_fields : "",
                            .scheme = scheme_,
                            .server_proves = config.pull_server_proves,
                            .every = config.pull_every_s != 0
                                         ? Millis{config.pull_every_s * std::int64_t{1000}}
                                         : link::kPollEvery,
                            .running = image_name(context_.running.digest),
                            .member = {.id = config.pull_id != nullptr ? config.pull_id : "",
                                       .updater = &context_.updater,
                                       .signing = context_.policy.signing},
                            .reports = reports_.get()},
      static_cast<link::WebMemory*>(this), static_cast<link::PullWatcher*>(this));
}

// How often it asks, pull_every_s says; without it, it asks when it is told to, until that is done.
void WebDoor::start(Instant now) {
  if (reports_) {
    reports_->load(notes(), context_.running, update_slot_bytes(context_.boot));
    context_.reporter.tell_also(*reports_);
  }
  set(context_.config.pull_url);
  if (context_.config.pull_every_s != 0) pull_->start(now);
}

bool WebDoor::ask(const char* url, Instant now) {
  const auto parsed = link::parse_web_url(url);
  if (!parsed || parsed->tls != scheme_.words.front().tls) return false;
  next_ = url;
  if (call_) return true;
  if (url != url_) set(url);
  next_ = nullptr;
  pull_->ask(now);
  return true;
}

std::optional<Call> WebDoor::wanted_call(Instant now) {
  if (call_ || !pull_) return std::nullopt;
  if (next_ != nullptr) (void)ask(next_, now);
  if (reports_ && reports_->take_news()) pull_->report(now);
  const std::optional<link::WebUrl> where = pull_->turn(now);
  if (!where) return std::nullopt;
  call_.emplace();
  tls_wanted_ = where->tls;
  call_->port = where->port;
  const std::string_view host = where->host.substr(0, call_->host.size());
  if (host.size() == call_->host.size() || where->in_brackets) {  // no name of the DNS for us
    missed({Code::unreachable, Where::link}, now);
    return std::nullopt;
  }
  std::ranges::copy(host, call_->host.begin());
  return call_;
}

void WebDoor::missed(const Error& why, Instant now) {
  call_.reset();
  const bool reported = pull_->is_reporting();
  pull_->closed(why, now);
  if (reported) rest();
}

// One that asks when it is told to has nothing more to do.
void WebDoor::rest() {
  if (context_.config.pull_every_s == 0 && !pull_->is_asking()) pull_->stop();
}

link::Link* WebDoor::open(link::Origin) {
  if (!call_ || tls_) return nullptr;
  if (!tls_wanted_) return &pull_->link();
  return &tls_.emplace(*terms_, call_->host.data(), pull_->link());
}

void WebDoor::closed(link::Link&, const Result<>& outcome) {
  tls_.reset();
  call_.reset();
  pull_->closed(outcome, now());
  rest();
}

// The engine tells of what came. That there is nothing new it never hears.
void WebDoor::asked(Outcome outcome, const Result<>&, Millis) {
  if (outcome == Outcome::unchanged) context_.reporter.on_unchanged(scheme_);
}

// What is remembered: without it a start costs one sector.

std::size_t WebDoor::load(MutableBytes out) {
  std::size_t size = out.size();
  const bool there = notes() != 0 && nvs_get_blob(notes_, kNoteKey, out.data(), &size) == ESP_OK;
  return there ? size : 0;
}

// Open from the first use on. 0: it cannot be.
nvs_handle_t WebDoor::notes() {
  if (notes_ == 0 && nvs_open("updraft", NVS_READWRITE, &notes_) != ESP_OK) notes_ = 0;
  return notes_;
}

void WebDoor::save(Bytes note) {
  const bool kept = notes() != 0 &&
                    nvs_set_blob(notes_, kNoteKey, note.data(), note.size()) == ESP_OK &&
                    nvs_commit(notes_) == ESP_OK;
  if (!kept) ESP_LOGW(kLogTag, "which file runs is not noted: NVS is full, or not there");
}

}  // namespace updraft::esp_idf

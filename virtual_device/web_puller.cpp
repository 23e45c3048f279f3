#include "virtual_device/web_puller.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>

#include "cli/words/stop.hpp"
#include "engine/format/chip.hpp"
#include "ports/linux/replace_file.hpp"

namespace updraft::device {

namespace {

// What the device says of itself: what runs there, and what was given to it.
std::string hello_of(const DoorContext& context, const WebPullSettings& settings) {
  Status status;
  context.status()(status);
  const std::vector<link::WebAttribute> attributes = settings.web_attributes();
  std::array<char, link::kMostHelloBytes> room;
  link::HttpText text(room);
  link::write_hello({.version = status.running.app.version.view(),
                     .project = status.running.app.project_name.view(),
                     .chip = format::chip_name(status.chip_id),
                     .slot_bytes = status.slot_bytes,
                     .inflates = status.inflate_window != 0,
                     .patches = status.takes_delta,
                     .time_zone = settings.time_zone,
                     .attributes = attributes},
                    text);
  return std::string(text.view());
}

}  // namespace

std::vector<link::WebAttribute> WebPullSettings::web_attributes() const {
  std::vector<link::WebAttribute> all;
  all.reserve(attributes.size());
  for (const auto& [name, value] : attributes) all.push_back({name, value});
  return all;
}

// One connection, with TLS around it for https.
class WebPuller::Attempt final : public linux_port::Connection {
 public:
  Attempt(WebPuller& puller, const link::WebUrl& where) : puller_(puller) {
    if (!where.tls) return;
    context_.emplace(std::string(where.host), puller.settings_.trust);
    tls_.emplace(*context_, puller.pull_.link());
  }
  link::Link& link() override {
    return tls_ ? static_cast<link::Link&>(*tls_) : puller_.pull_.link();
  }
  void closed(const Result<>& outcome) override { puller_.ended(outcome); }

 private:
  WebPuller& puller_;
  std::optional<linux_port::TlsContext> context_;
  std::optional<linux_port::TlsLink> tls_;
};

WebPuller::WebPuller(const DoorContext& context, Scheme scheme, const WebPullSettings& settings)
    : context_(context),
      settings_(settings),
      reports_(context.options.state / "reports", std::string(context.id), context.events,
               hello_of(context, settings)),
      pull_(context.intake,
            {.url = context.options.pull->url,
             .fields = settings.fields,
             .scheme = scheme,
             .server_proves = settings.server_proves,
             .every = settings.every,
             .first_least = Millis{0},  // on a desk nobody else starts at the same time
             .first_most = Millis{0},
             .running = image_name(context.app.image.digest),
             .member = {.id = context.id,
                        .updater = &context.updater,
                        .signing = context.policy.signing},
             .reports = &reports_},
            this, this) {
  if (!pull_.is_sound()) {
    throw cli::Stop(cli::kUsage, "--pull " + url() +
                                     ": that is no URL of a web server; what is special in it is "
                                     "written as %20 is");
  }
}

void WebPuller::start() {
  context_.events.on_pulling(url());
  pull_.start(context_.reactor.now());
  look_when_due();
}

void WebPuller::look_when_due() {
  const std::optional<Instant> due = pull_.deadline();
  if (!due) return;
  const Millis wait = std::max(Millis{0}, *due - context_.reactor.now());
  context_.reactor.after(wait, [this] { look(); });
}

void WebPuller::look() {
  const Instant now = context_.reactor.now();
  if (const auto where = pull_.turn(now)) return connect(*where);
  look_when_due();
}

void WebPuller::connect(const link::WebUrl& where) {
  context_.reactor.connect(std::string(where.host), where.port,
                           std::make_unique<Attempt>(*this, where));
}

void WebPuller::ended(const Result<>& outcome) {
  pull_.closed(outcome, context_.reactor.now());
  context_.ended(outcome);
  look_when_due();
}

void WebPuller::asked(Outcome outcome, const Result<>& why, Millis next) {
  constexpr std::string_view kNames[] = {"unchanged", "current", "installed", "cut", "failed"};
  context_.events.on_pulled(url(), kNames[static_cast<std::size_t>(outcome)], why, next);
  reports_.collect();
}

void WebPuller::on_fresh(const Result<Freshness>& token) { context_.events.on_fresh(token); }

void WebPuller::on_stale(Millis since) { context_.events.on_stale(since); }

// What is remembered. A device without it asks for the first sector, and is none the worse.

std::size_t WebPuller::load(MutableBytes out) {
  std::ifstream in(note(), std::ios::binary);
  in.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  return static_cast<std::size_t>(in.gcount());
}

void WebPuller::save(Bytes bytes) {
  try {
    linux_port::replace_file(note(), bytes);
  } catch (const std::exception&) {
    context_.events.on_warning("web-note cannot be written; is the disk full?");
  }
}

}  // namespace updraft::device

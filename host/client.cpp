#include "updraft/control/client.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "host/line_loop.hpp"
#include "host/serial_device.hpp"
#include "protocols/control/control_host.hpp"

namespace updraft::control {
namespace {

constexpr Millis kLook{200};          // between two looks at the clock and at stop()
constexpr Millis kProbeMs{2'000};     // for a device to say what it is
constexpr Millis kRestartsIn{5'000};  // after end()
constexpr Millis kBootMs{1'500};      // then, if it does not say that it is up

std::string text(const link::ControlVersion& version) {
  std::string words(version.name.view());
  for (std::size_t i = 0; i < version.numbers.size(); ++i) {
    words += (i == 0 ? "-" : ".") + std::to_string(version.numbers[i]);
  }
  return words;
}

}  // namespace

struct [[gnu::visibility("hidden")]] Client::Impl {
  explicit Impl(link::ControlForm which) : form(which) {}

  Instant now() const {
    return Instant{std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - start)};
  }

  Result<> open() {
    UPDRAFT_TRY(line.open(path));
    loop.emplace(line, host, out, [this] { return now(); });
    return {};
  }
  void turn(Millis most) { loop->turn(std::min(most, kLook)); }

  // Until the request is answered.
  Result<> answered() {
    while (host.waiting() && !stopped) turn(kLook);
    if (!host.waiting()) return host.answer();
    host.give_up();
    return fail(Code::aborted, Where::link);
  }

  Result<> probe(Millis limit) {
    host.ask_version(now(), limit);
    return answered();
  }

  // A device that comes up while it is asked did not hear the question: once more.
  Result<> begin() {
    const unsigned restarts = host.restarts();
    host.begin(now());
    while (host.waiting() && host.restarts() == restarts && !stopped) turn(kLook);
    if (host.waiting() && host.restarts() != restarts) host.begin(now());
    return answered();
  }

  // All pieces that are whole.
  Result<> send(Bytes bytes) {
    while (!bytes.empty()) {
      const std::size_t missing = link::kControlChunk - gathered.size();
      const Bytes part = bytes.first(std::min(bytes.size(), missing));
      gathered.insert(gathered.end(), part.begin(), part.end());
      bytes = bytes.subspan(part.size());
      if (gathered.size() == link::kControlChunk) UPDRAFT_TRY(flush());
    }
    return {};
  }

  Result<> flush() {
    host.write(gathered, now());
    gathered.clear();
    const Result<> taken = answered();
    if (!taken && taken.error().code == Code::rescue_first) restart_follows();
    return taken;
  }

  void restart_follows() {
    restarts_then = host.restarts();
    ended_at = now();
  }

  Result<std::string> come_back(Millis limit) {
    const Instant until = now() + limit;
    const Instant surely_up = ended_at + kRestartsIn + kBootMs;
    while (now() < until && !stopped) {
      if (!line.is_open() && !open_again()) continue;
      if (host.restarts() == restarts_then && now() < surely_up) {
        turn(std::min(surely_up - now(), until - now()));
        continue;
      }
      if (probe(std::min(kProbeMs, until - now()))) return text(host.version());
    }
    return fail(stopped ? Code::aborted : Code::timeout, Where::link);
  }

  bool open_again() {
    if (open()) return true;
    std::this_thread::sleep_for(kLook);
    return false;
  }

  const link::ControlForm form;
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::string path;
  host::SerialDevice line;
  link::ControlHost host{form};
  std::array<std::byte, link::kControlFrameBytes> out{};
  std::optional<host::LineLoop> loop;  // of the line that was opened last
  std::vector<std::byte> gathered;     // less than a piece
  std::uint64_t written = 0;
  bool in_session = false;
  bool probed = false;
  Instant ended_at{};
  unsigned restarts_then = 0;  // that were heard before ended_at
  std::atomic<bool> stopped = false;
};

Client::Client(Form form)
    : impl_(std::make_unique<Impl>(form == Form::older ? link::ControlForm::older
                                                       : link::ControlForm::current)) {}
Client::~Client() = default;

Result<> Client::open(const std::string& device) {
  close();
  impl_->path = device;
  UPDRAFT_TRY(impl_->open());
  impl_->probed = false;
  return {};
}

void Client::close() {
  abort();
  impl_->line.close();
}

bool Client::is_open() const { return impl_->line.is_open(); }
bool Client::in_session() const { return impl_->in_session; }
void Client::stop() { impl_->stopped = true; }
bool Client::stopped() const { return impl_->stopped; }

// A frame that a dead host left unfinished may swallow the first request, so the first request is
// not the begin. Old firmware does not answer, and the older form has no such question.
Result<> Client::begin() {
  abort();
  if (!is_open()) return fail(Code::no_session, Where::link);
  if (!impl_->probed && impl_->form == link::ControlForm::current) {
    (void)impl_->probe(kProbeMs);
    if (!is_open()) return fail(Code::aborted, Where::link);
  }
  impl_->probed = true;
  UPDRAFT_TRY(impl_->begin());
  impl_->in_session = true;
  return {};
}

Result<> Client::write(Bytes bytes) {
  if (!in_session()) return fail(Code::no_session, Where::link);
  impl_->written += bytes.size();
  const Result<> sent = impl_->send(bytes);
  if (!sent) abort();
  return sent;
}

Result<> Client::end() {
  if (!in_session()) return fail(Code::no_session, Where::link);
  Result<> done;
  if (impl_->written == 0) done = fail(Code::payload_missing, Where::link);
  if (done && !impl_->gathered.empty()) done = impl_->flush();
  if (done) {
    const unsigned before = impl_->host.restarts();
    impl_->host.end(impl_->now());
    done = impl_->answered();
    impl_->restart_follows();
    impl_->restarts_then = before;
  }
  abort();
  return done;
}

bool Client::current() const { return impl_->host.current(); }

void Client::abort() {
  impl_->in_session = false;
  impl_->gathered.clear();
  impl_->written = 0;
}

Result<std::string> Client::version() {
  if (!is_open()) return fail(Code::no_session, Where::link);
  UPDRAFT_TRY(impl_->probe(link::kControlAskMs));
  impl_->probed = true;
  return text(impl_->host.version());
}

Result<std::string> Client::wait_for_restart(Millis limit) {
  if (impl_->path.empty()) return fail(Code::no_session, Where::link);
  if (impl_->form == link::ControlForm::older) return fail(Code::not_wanted, Where::link);
  return impl_->come_back(limit);
}

}  // namespace updraft::control

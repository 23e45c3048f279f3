#include "host/push/native_log.hpp"

#include <array>
#include <optional>
#include <vector>

#include <boost/json/parse.hpp>

#include "host/push/native_client.hpp"

namespace updraft::host {
namespace {

namespace json = boost::json;

// Below what the device waits at most, and below kNativeReplyMs.
constexpr unsigned kWaitSeconds = 20;
constexpr Millis kAgainMs{1'000};

// On each connection: whether it has restarted since, as its events are numbered anew then; and
// events, again and again.
class EventTask final : public link::NativeTask {
 public:
  explicit EventTask(const NativeLog& log) : log_(log) {}

  std::optional<Request> begin() override {
    outcome_ = fail(Code::aborted, Where::link);
    asked_for_events_ = false;
    return Request{.method = "GET", .path = "/device"};
  }

  std::optional<Request> next(const link::NativeAnswer& answer) override {
    heard_ = true;
    if (!answer.good()) return end(answer.error());
    if (asked_for_events_ && !take(as_text(answer.body))) return end({Code::protocol, Where::link});
    if (!asked_for_events_ && answer.boot != boot_) after_ = 0;
    if (!asked_for_events_) boot_ = answer.boot;
    asked_for_events_ = true;
    link::HttpText path(path_);
    path.add("/events?after=").add(after_).add("&wait=").add(kWaitSeconds);
    return Request{.method = "GET", .path = path.view(), .keep = body_};
  }

  Result<> outcome() const override { return outcome_; }
  bool heard() { return std::exchange(heard_, false); }  // since this was asked last

 private:
  std::optional<Request> end(const Error& why) {
    outcome_ = std::unexpected(why);
    return std::nullopt;
  }

  // False: that is no list of events.
  bool take(std::string_view text) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    const json::object* const told = value.if_object();
    const json::value* const next = told == nullptr ? nullptr : told->if_contains("next");
    const json::value* const list = told == nullptr ? nullptr : told->if_contains("events");
    if (error || next == nullptr || list == nullptr || !list->is_array()) return false;
    after_ = next->to_number<std::uint64_t>(error);
    for (const json::value& event : list->get_array()) {
      if (event.is_object()) log_.tell(event.get_object());
    }
    return !error;
  }

  const NativeLog& log_;
  Result<> outcome_;
  bool asked_for_events_ = false, heard_ = false;
  std::uint64_t boot_ = 0, after_ = 0;
  std::array<char, 64> path_{};
  std::vector<std::byte> body_ = std::vector<std::byte>(link::kNativeAnswerBytes);
};

}  // namespace

Result<> NativeLog::follow(const PushTo& to) {
  NativeClient client(to, pairing);
  EventTask task(*this);
  Instant give_up = client.loop().now() + kBackMs;
  while (true) {
    const Result<> outcome = client.talk(task, kAgainMs);
    if (client.loop().stopped()) return {};
    if (task.heard()) give_up = client.loop().now() + kBackMs;
    if (!is_trouble(outcome)) return outcome;
    if (client.loop().now() > give_up) return fail(Code::unreachable, Where::link);
    client.loop().pause(kAgainMs);
  }
}

}  // namespace updraft::host

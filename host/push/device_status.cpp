#include "host/push/device_status.hpp"

#include <boost/json/parse.hpp>

#include "host/desk/printable.hpp"

namespace updraft::host {
namespace {

constexpr std::int64_t kMostCountdownMs = 86'400'000;  // a day; what is more is no countdown

std::string text(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return "";
  return printable(value->get_string());
}

std::uint64_t number(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  boost::system::error_code error;
  return value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
}

bool flag(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<std::int64_t> countdown(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  const std::int64_t left = value->get_int64();
  return left >= 0 && left <= kMostCountdownMs ? std::optional(left) : std::nullopt;
}

DeviceStatus::Last last_of(const boost::json::object& told) {
  DeviceStatus::Last last{text(told, "result"), text(told, "code"), text(told, "message"), {}};
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const auto code = static_cast<Code>(i);
    if (name(code) != last.code) continue;
    last.why = Error{code, Where::device, number(told, "found"), number(told, "expected")};
  }
  return last;
}

}  // namespace

std::optional<DeviceStatus::Last> parse_last(std::string_view text_of_it) {
  boost::system::error_code error;
  const boost::json::value json = boost::json::parse(text_of_it, error);
  if (error || !json.is_object()) return std::nullopt;
  DeviceStatus::Last last = last_of(json.get_object());
  return last.result.empty() ? std::nullopt : std::optional(last);
}

std::optional<DeviceStatus> parse_status(std::string_view text_of_it) {
  boost::system::error_code error;
  const boost::json::value json = boost::json::parse(text_of_it, error);
  if (error || !json.is_object()) return std::nullopt;
  const boost::json::object& object = json.get_object();
  DeviceStatus status;
  status.project = text(object, "project");
  status.version = text(object, "version");
  status.digest = text(object, "digest");
  status.state = text(object, "state");
  status.boot = text(object, "boot");
  status.slot = text(object, "slot");
  status.pending = flag(object, "pending");
  status.login = flag(object, "login");
  status.confirm_in_ms = countdown(object, "confirm_in_ms");
  status.give_up_in_ms = countdown(object, "give_up_in_ms");
  status.inflate_window = number(object, "inflate_window");
  status.takes_delta = flag(object, "delta");
  if (const auto* last = object.if_contains("last"); last && last->is_object()) {
    status.last = last_of(last->get_object());
  }
  if (const auto* before = object.if_contains("previous"); before && before->is_object()) {
    status.previous = text(before->get_object(), "version");
  }
  if (const auto* list = object.if_contains("remembered"); list && list->is_array()) {
    for (const boost::json::value& one : list->get_array()) {
      if (!one.is_object()) continue;
      const boost::json::object& image = one.get_object();
      status.remembered.push_back({text(image, "digest"), text(image, "why") == "went_back"});
    }
  }
  if (const auto* list = object.if_contains("targets"); list && list->is_array()) {
    for (const boost::json::value& one : list->get_array()) {
      if (!one.is_object()) continue;
      const boost::json::object& it = one.get_object();
      status.targets.push_back({text(it, "name"), text(it, "format"), text(it, "way"),
                                number(it, "bytes"), flag(it, "keeps_older_app")});
    }
  }
  if (const auto* it = object.if_contains("rescue"); it && it->is_object()) {
    const boost::json::object& rescue = it->get_object();
    status.rescue = {text(rescue, "version"), text(rescue, "wanted"), flag(rescue, "too_old")};
  }
  if (status.boot.empty() || status.state.empty()) return std::nullopt;
  return status;
}

}  // namespace updraft::host

#include "virtual_device/reset.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace updraft::device {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"power on",      "update",  "rollback", "panic",
                                                    "not confirmed", "console", "remote"};
constexpr const char* kReason = "UPDRAFT_DEVICE_RESET_REASON";
constexpr const char* kRawPort = "UPDRAFT_DEVICE_RAW_PORT";
constexpr const char* kBundlePort = "UPDRAFT_DEVICE_BUNDLE_PORT";
constexpr const char* kHttpPort = "UPDRAFT_DEVICE_HTTP_PORT";
constexpr const char* kHttpsPort = "UPDRAFT_DEVICE_HTTPS_PORT";
constexpr const char* kControlDevice = "UPDRAFT_DEVICE_CONTROL_DEVICE";
constexpr const char* kControlHost = "UPDRAFT_DEVICE_CONTROL_HOST";
constexpr const char* kOperationsLeft = "UPDRAFT_DEVICE_OPERATIONS_LEFT";

template <class T>
std::optional<T> take_number(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  T value{};
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  const bool sound = error == std::errc{} && stop == end;
  unsetenv(variable);
  return sound ? std::optional(value) : std::nullopt;
}

template <class T>
void hand_over(const char* variable, const std::optional<T>& value) {
  if (value) setenv(variable, std::to_string(*value).c_str(), 1);
}

}  // namespace

std::string_view name(ResetReason reason) { return kNames[static_cast<std::size_t>(reason)]; }

Reset last_reset() {
  Reset reset;
  const auto reason = take_number<unsigned>(kReason);
  if (reason && *reason < kNames.size()) reset.reason = static_cast<ResetReason>(*reason);
  reset.raw_port = take_number<std::uint16_t>(kRawPort);
  reset.bundle_port = take_number<std::uint16_t>(kBundlePort);
  reset.http_port = take_number<std::uint16_t>(kHttpPort);
  reset.https_port = take_number<std::uint16_t>(kHttpsPort);
  const auto device = take_number<int>(kControlDevice);
  const auto host = take_number<int>(kControlHost);
  if (device && host) reset.control = {*device, *host};
  reset.operations_left = take_number<std::uint64_t>(kOperationsLeft);
  return reset;
}

void restart(char** arguments, const Reset& reset) {
  hand_over(kReason, std::optional(static_cast<unsigned>(reset.reason)));
  hand_over(kRawPort, reset.raw_port);
  hand_over(kBundlePort, reset.bundle_port);
  hand_over(kHttpPort, reset.http_port);
  hand_over(kHttpsPort, reset.https_port);
  if (reset.control) {
    hand_over(kControlDevice, std::optional(reset.control->device));
    hand_over(kControlHost, std::optional(reset.control->host));
  }
  hand_over(kOperationsLeft, reset.operations_left);
  execv("/proc/self/exe", arguments);
  throw std::runtime_error(std::string("cannot restart: ") + std::strerror(errno));
}

}  // namespace updraft::device

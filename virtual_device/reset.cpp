#include "virtual_device/reset.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace updraft::device {
namespace {

constexpr std::array<std::string_view, 8> kNames = {
    "power on", "update", "rollback", "panic", "not confirmed", "console", "remote", "rescue"};
constexpr const char* kReason = "UPDRAFT_DEVICE_RESET_REASON";
constexpr const char* kDoors = "UPDRAFT_DEVICE_DOORS";
constexpr const char* kOperationsLeft = "UPDRAFT_DEVICE_OPERATIONS_LEFT";
constexpr const char* kLock = "UPDRAFT_DEVICE_LOCK";

template <class T>
std::optional<T> parse(const char* text) {
  T value{};
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

template <class T>
std::optional<T> take_number(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::optional<T> value = parse<T>(text);
  unsetenv(variable);
  return value;
}

template <class T>
void hand_over(const char* variable, const std::optional<T>& value) {
  if (value) setenv(variable, std::to_string(*value).c_str(), 1);
}

// "raw.port=18000 control.device=4 control.host=5"
std::string as_text(const std::map<std::string, KeptNumbers>& doors) {
  std::string text;
  for (const auto& [door, kept] : doors) {
    for (const auto& [word, number] : kept) {
      if (!text.empty()) text += ' ';
      text.append(door).append(".").append(word).append("=").append(std::to_string(number));
    }
  }
  return text;
}

std::map<std::string, KeptNumbers> take_doors(const char* variable) {
  std::map<std::string, KeptNumbers> doors;
  const char* text = std::getenv(variable);
  std::istringstream words(text == nullptr ? "" : text);
  for (std::string word; words >> word;) {
    const std::size_t dot = word.find('.'), equals = word.find('=');
    if (dot == word.npos || equals == word.npos || equals < dot) continue;
    const std::string key = word.substr(dot + 1, equals - dot - 1);
    const auto number = parse<std::uint64_t>(word.c_str() + equals + 1);
    if (number) doors[word.substr(0, dot)][key] = *number;
  }
  unsetenv(variable);
  return doors;
}

}  // namespace

std::string_view name(ResetReason reason) { return kNames[static_cast<std::size_t>(reason)]; }

Reset last_reset() {
  Reset reset;
  const auto reason = take_number<unsigned>(kReason);
  if (reason && *reason < kNames.size()) reset.reason = static_cast<ResetReason>(*reason);
  reset.doors = take_doors(kDoors);
  reset.operations_left = take_number<std::uint64_t>(kOperationsLeft);
  reset.lock = take_number<int>(kLock);
  return reset;
}

void restart(char** arguments, const Reset& reset) {
  hand_over(kReason, std::optional(static_cast<unsigned>(reset.reason)));
  setenv(kDoors, as_text(reset.doors).c_str(), 1);
  hand_over(kOperationsLeft, reset.operations_left);
  hand_over(kLock, reset.lock);
  execv("/proc/self/exe", arguments);
  throw std::runtime_error(std::string("cannot restart: ") + std::strerror(errno));
}

}  // namespace updraft::device

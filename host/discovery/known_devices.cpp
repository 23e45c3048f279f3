#include "host/discovery/known_devices.hpp"

#include <algorithm>
#include <sstream>
#include <system_error>

#include <arpa/inet.h>

#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"
#include "host/desk/user_folders.hpp"
#include "host/discovery/discovery.hpp"
#include "ports/linux/replace_file.hpp"

namespace updraft::host {
namespace {

constexpr std::size_t kMostId = 64, kMostName = 63;  // spec/protocols/native.md 1.1, RFC 1035 2.3.4
constexpr std::size_t kMostAddress = INET_ADDRSTRLEN;
constexpr std::size_t kMostFile = kKnownPlaces * (kMostId + kMostAddress + kMostName + 3);

// Devices choose these words; a line must stay one line of three.
bool is_word(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

bool is_ipv4(const std::string& text) {
  in_addr any{};
  return inet_pton(AF_INET, text.c_str(), &any) == 1;
}

bool fits(const KnownPlace& place) {
  return is_word(place.id, kMostId) && is_ipv4(place.address) && is_word(place.name, kMostName);
}

}  // namespace

std::optional<std::filesystem::path> KnownDevices::usual_file() {
  const auto folder = cache_folder();
  return folder ? std::optional(*folder / "devices") : std::nullopt;
}

KnownDevices::KnownDevices(std::optional<std::filesystem::path> file) : file_(std::move(file)) {
  std::error_code error;
  if (!file_ || !std::filesystem::is_regular_file(*file_, error)) return;
  try {
    const std::vector<std::byte> bytes = read_file(file_->string(), kMostFile);
    std::istringstream lines{std::string(as_text(bytes))};
    for (std::string line; std::getline(lines, line) && places_.size() < kKnownPlaces;) {
      std::istringstream words(line);
      KnownPlace place;
      words >> place.id >> place.address >> place.name;
      if (fits(place)) places_.push_back(std::move(place));
    }
  } catch (const Trouble&) {
    places_.clear();
  }
}

void KnownDevices::remember(const std::vector<FoundDevice>& found) {
  std::vector<KnownPlace> now;
  for (const FoundDevice& device : found) {
    if (device.addresses.empty()) continue;
    KnownPlace place{device.id, device.addresses.front(), device.name};
    if (fits(place)) now.push_back(std::move(place));
  }
  for (const KnownPlace& before : places_) {
    const bool is_new = std::ranges::none_of(now, [&](const KnownPlace& one) {
      return one.id == before.id || one.address == before.address;
    });
    if (is_new) now.push_back(before);
  }
  now.resize(std::min(now.size(), kKnownPlaces));
  if (!file_ || now == places_) return;
  places_ = std::move(now);
  std::string text;
  for (const KnownPlace& place : places_)
    text += place.id + " " + place.address + " " + place.name + "\n";
  try {
    std::filesystem::create_directories(file_->parent_path());
    linux_port::replace_file(*file_, as_bytes(text), linux_port::kPrivateMode);
  } catch (const std::system_error&) {
    return;
  }
}

}  // namespace updraft::host

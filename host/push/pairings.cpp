#include "host/push/pairings.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <system_error>

#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"
#include "host/desk/user_folders.hpp"
#include "ports/linux/replace_file.hpp"

namespace updraft::host {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;  // some thousand devices

Trouble no_pairing(const std::string& what) {
  return {Trouble::Kind::usage,
          what + ": want the line that the device shows, updraft-pair:1:ID:SECRET"};
}

}  // namespace

std::filesystem::path Pairings::usual_file() {
  if (const auto folder = config_folder()) return *folder / "pairings";
  throw Trouble(Trouble::Kind::failed, "neither XDG_CONFIG_HOME nor HOME says where pairings are");
}

Pairings::Pairings(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code missing;
  if (!std::filesystem::exists(file_, missing)) return;
  const std::vector<std::byte> bytes = read_file(file_.string(), kMostBytes);
  std::istringstream lines{std::string(as_text(bytes))};
  std::string line;
  for (unsigned number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    const std::size_t blank = std::min(line.find(' '), line.size());
    const auto pairing = link::parse_pairing(std::string_view(line).substr(0, blank));
    if (!pairing) {
      // Not the line itself: it may be a secret with a slip in it.
      throw Trouble(Trouble::Kind::refused,
                    file_.string() + ", line " + std::to_string(number) + " is no pairing");
    }
    devices_.push_back({*pairing, line.substr(std::min(blank + 1, line.size()))});
  }
}

const KnownDevice* Pairings::find(std::string_view id) const {
  const auto found = std::ranges::find_if(
      devices_, [id](const KnownDevice& known) { return known.pairing.id.view() == id; });
  return found == devices_.end() ? nullptr : &*found;
}

const KnownDevice* Pairings::reached_at(std::string_view host_port) const {
  const auto found = std::ranges::find(devices_, host_port, &KnownDevice::address);
  return found == devices_.end() ? nullptr : &*found;
}

std::string Pairings::add(std::string_view line) {
  const auto pairing = link::parse_pairing(line);
  if (!pairing) throw no_pairing("that is no pairing");
  const std::string id(pairing->id.view());
  std::erase_if(devices_, [&id](const KnownDevice& known) { return known.id() == id; });
  devices_.push_back({*pairing, ""});
  save();
  return id;
}

bool Pairings::forget(std::string_view id) {
  const auto gone =
      std::erase_if(devices_, [id](const KnownDevice& known) { return known.id() == id; });
  if (gone != 0) save();
  return gone != 0;
}

// An address is of one device: of the one that was there last.
void Pairings::reached(std::string_view id, const std::string& host_port) {
  bool changed = false;
  for (KnownDevice& known : devices_) {
    const std::string now = known.pairing.id.view() == id ? host_port
                            : known.address == host_port  ? std::string()
                                                          : known.address;
    changed = changed || now != known.address;
    known.address = now;
  }
  if (changed) save();
}

void Pairings::save() const {
  std::string text;
  for (const KnownDevice& known : devices_) {
    std::array<char, link::kPairingTextBytes> room;
    text += link::pairing_text(known.pairing, room);
    if (!known.address.empty()) text += " " + known.address;
    text += "\n";
  }
  try {
    std::filesystem::create_directories(file_.parent_path());
    linux_port::replace_file(file_, as_bytes(text), linux_port::kPrivateMode);
  } catch (const std::system_error& error) {
    throw cannot("write", file_.string(), error.code().value());
  }
}

}  // namespace updraft::host

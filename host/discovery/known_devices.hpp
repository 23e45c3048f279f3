// Where devices were found before: $XDG_CACHE_HOME/updraft/devices, or ~/.cache/updraft/devices.
//
//   a0b1c2d3e4f5 192.168.1.20 kitchen
//
// A line for each address, the newest first. A search asks there at once, and so also where the
// network loses what goes to all: whether the device is still there, and what it is called, it says
// itself. So a line that is old, or was made up by a stranger, costs one datagram.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace updraft::host {

struct FoundDevice;

// Each is asked once a second while a search lasts: with the most of them, 4 KB.
inline constexpr std::size_t kKnownPlaces = 32;

struct KnownPlace {
  std::string id, address, name;  // the address: IPv4
  bool operator==(const KnownPlace&) const = default;
};

class KnownDevices {
 public:
  static std::optional<std::filesystem::path> usual_file();

  // nullopt: it knows nothing and keeps nothing. A file that cannot be read has nothing in it, and
  // lines of another form are left out.
  explicit KnownDevices(std::optional<std::filesystem::path> file = usual_file());

  const std::vector<KnownPlace>& all() const { return places_; }

  // Those with an id, in front of all. A file that cannot be written stays as it is.
  void remember(const std::vector<FoundDevice>& found);

 private:
  std::optional<std::filesystem::path> file_;
  std::vector<KnownPlace> places_;
};

}  // namespace updraft::host

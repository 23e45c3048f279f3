// The devices that this computer may update by native push, each with its secret, in one file that
// only its user may read: $XDG_CONFIG_HOME/updraft/pairings, or ~/.config/updraft/pairings.
//
//   updraft-pair:1:a0b1c2d3e4f5:AAECAwQF... 192.168.1.20:18443
//
// A line for each device; behind the blank, where it was reached last.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/native/native_pairing.hpp"

namespace updraft::host {

struct KnownDevice {
  link::Pairing pairing;
  std::string address;  // HOST:PORT; empty: never
  std::string id() const { return std::string(pairing.id.view()); }
};

class Pairings {
 public:
  static std::filesystem::path usual_file();

  // A file that is not there has none. Throws Trouble: it cannot be read, or has a line that is no
  // pairing.
  explicit Pairings(std::filesystem::path file = usual_file());

  const std::vector<KnownDevice>& all() const { return devices_; }
  const KnownDevice* find(std::string_view id) const;               // nullptr: none
  const KnownDevice* reached_at(std::string_view host_port) const;  // likewise

  // Each writes the file. All throw Trouble.
  std::string add(std::string_view line);  // in the place of one of that id, which it returns
  bool forget(std::string_view id);        // false: there is none
  void reached(std::string_view id, const std::string& host_port);

 private:
  void save() const;

  std::filesystem::path file_;
  std::vector<KnownDevice> devices_;
};

}  // namespace updraft::host

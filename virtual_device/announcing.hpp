// What a virtual device tells the local network of itself, so that `updraft find` and the IDEs show
// it (spec/protocols/native.md section 4).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ports/linux/dnssd/announcer.hpp"
#include "ports/linux/reactor.hpp"
#include "sim/bootloader.hpp"
#include "virtual_device/events.hpp"
#include "virtual_device/identity.hpp"
#include "virtual_device/options.hpp"

namespace updraft::device {

using AnnouncedService = linux_port::Announcer::Service;

inline constexpr std::size_t kMostAnnouncedText = 400;  // bytes of all strings (native.md 4)
inline constexpr std::size_t kMostOpenText = 200;       // of the list of listeners, in these

// --name, else one that its id makes.
std::string device_name(const Options& options, const Identity& identity);

// "key=value" strings of _updraft._tcp: what runs, and the listeners with their ports. For people
// and for programs that look for a device; nothing is decided by them.
std::vector<std::string> announced_text(const Identity& identity, const sim::BootedApp& app,
                                        const std::vector<Listening>& listening, bool paired);

class Announcing {
 public:
  Announcing(linux_port::Reactor& reactor, Events& events) : reactor_(reactor), events_(events) {}

  // On the networks where a listener on `address` can be reached. Where that is nowhere, or the
  // port cannot be had, there is a warning.
  void start(const std::string& address, std::string name, std::vector<AnnouncedService> services);
  void say_goodbye();

 private:
  linux_port::Reactor& reactor_;
  Events& events_;
  std::optional<linux_port::Announcer> announcer_;
  std::function<void()> changed_;
};

}  // namespace updraft::device

// A way for updates into a virtual device, by one protocol: the options that it adds to `updraft
// device`, and what it opens at each start. One file for each protocol; doors.cpp lists them.
//
//   class RawDoor final : public Door { ... };
//
// A door lives as long as the program, what it opened for one power cycle.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/App.hpp>

#include "updraft/file_transaction.hpp"
#include "updraft/protocols.hpp"
#include "updraft/status.hpp"
#include "updraft/updater.hpp"

#include "engine/parts/part_updater.hpp"
#include "ports/linux/reactor.hpp"
#include "sim/bootloader.hpp"
#include "virtual_device/announcing.hpp"
#include "virtual_device/events.hpp"
#include "virtual_device/options.hpp"
#include "virtual_device/reset.hpp"

namespace updraft::device {

// What a door may use of the device around it. All of it outlives what the door opens.
struct DoorContext {
  const Options& options;
  const std::string& name;  // on the local network
  const std::string& id;
  const Policy& policy;  // in force
  linux_port::Reactor& reactor;
  Intake& intake;  // to the update engine, at the pace of the modelled network
  Updater& updater;
  Steering& steering;         // what becomes of an app, or of data, on trial
  parts::PartUpdater* parts;  // nullptr: it has no room for data partitions
  BootControl& boot;
  SignedUpdates* signing;  // nullptr: it has no room for what they remember
  FileTransaction& files;
  Events& events;
  const sim::BootedApp& app;  // that runs
  std::uint64_t most_bytes;   // of a payload that can make sense
  std::uint64_t most_data;    // the same, where a data partition may be meant
  // To be told of each connection that is over. A success: its peer has heard all that there is to
  // say, so a device that restarts into what it installed may do so now.
  std::function<void(const Result<>&)> ended;
  // And that its peer has shown nothing: no update was meant.
  std::function<void()> stranger;
  // Asked for by a peer, or by the protocol.
  std::function<void(ResetReason)> restart;
  // Lets in what is not signed, as the console does. Errors: those of NativeBoard::arm().
  std::function<Result<>(std::uint64_t seconds)> arm;
  std::function<std::uint32_t()> armed_for;  // seconds left
  // For a door that shows the status document: fills one in, except the policy, which the door
  // itself knows.
  std::function<std::function<void(Status&)>()> status;
};

// What fetches for a device, for one power cycle; it outlives its connections.
class Pulling {
 public:
  virtual ~Pulling() = default;
  virtual void start() = 0;
  // It goes on asking: it starts at every start, not only at power-on.
  virtual bool goes_on() const { return false; }
};

// What a door has open for one power cycle; it outlives its connections.
class OpenDoor {
 public:
  virtual ~OpenDoor() = default;
  // What it adds to what the device tells the local network of itself.
  virtual std::vector<AnnouncedService> announces() const { return {}; }
  virtual void keep(KeptNumbers&) {}  // for the next start
  // A line of the device's console; false: it is not for this door.
  virtual bool on_console(std::string_view /*line*/) { return false; }
  virtual bool paired() const { return false; }  // with somebody who may update it
  // The device restarts: takes leave of its peers, then calls `done`.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): those that have peers keep it
  virtual void go_away(std::function<void()> done) { std::move(done)(); }
};

class Door {
 public:
  virtual ~Door() = default;
  virtual const Protocol& protocol() const = 0;
  // The options that open it: "--raw". None if the device only fetches.
  virtual std::vector<std::string> openers() const { return {}; }
  virtual void add_options(CLI::App&) {}
  // Once the command line is read, if the protocol is used: opened, or fetched by. Throws cli::Stop
  // if its options make no sense.
  virtual void check() {}

  // What gives an option of its a use where the protocol is used: "--login asks for it". Empty: it
  // has one.
  virtual std::string why_unused(const std::string& /*option*/) const { return ""; }

  virtual bool asked_for() const { return false; }  // an option opens it
  // Only if it is asked for. `kept`: by what was open before the restart. Throws
  // std::runtime_error with a sentence.
  virtual std::unique_ptr<OpenDoor> open(const DoorContext&, const KeptNumbers&) { return nullptr; }
  // A connection to a host that serves, of a protocol that fetches.
  virtual std::unique_ptr<linux_port::Connection> fetch(const DoorContext&) { return nullptr; }
  // What fetches by it, from options.pull; by fetch(), unless the protocol has a way of its own.
  // nullptr: this door does not fetch.
  virtual std::unique_ptr<Pulling> pull(const DoorContext&) { return nullptr; }
};

using Doors = std::vector<std::unique_ptr<Door>>;
using DoorSpan = std::span<const std::unique_ptr<Door>>;

Doors doors();  // all that there are

// The listening event's fields that follow from options, policy and row.
Listening listening_by(Scheme scheme, const DoorContext& context);

inline constexpr std::string_view kKeptPort = "port";  // in KeptNumbers

// Opens `wanted`; of 0 some port that the kernel gives to nobody by itself, so that it is still
// free when the device comes back to it after a restart. Error: that of `open`.
Result<std::uint16_t> open_port(
    std::uint16_t wanted, const std::function<Result<std::uint16_t>(std::uint16_t port)>& open);

// Listens where it did before the restart (`kept_as`), else on `wanted`, and returns the real port.
// Throws std::runtime_error if it cannot be opened.
std::uint16_t listen(const DoorContext& context, std::uint16_t wanted, const KeptNumbers& kept,
                     std::string_view kept_as, linux_port::ConnectionMaker make,
                     const linux_port::ListenOptions& options = {});

// One TCP port, told of once it is open, and nothing else to keep.
class TcpPort : public OpenDoor {
 public:
  TcpPort(const DoorContext& context, Listening listening, std::uint16_t wanted,
          const KeptNumbers& kept, linux_port::ConnectionMaker make,
          const linux_port::ListenOptions& options = {});
  void keep(KeptNumbers& kept) override;

 private:
  std::uint16_t port_;
};

}  // namespace updraft::device

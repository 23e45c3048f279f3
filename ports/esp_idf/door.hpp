// A way in or out for updates: makes the link for one connection, in memory of its own, so that the
// driver needs no heap and knows no protocol. doors.hpp lists them.
#pragma once
#include <array>
#include <optional>

#include "updraft/link.hpp"
#include "updraft/policy.hpp"
#include "updraft/updater.hpp"

#include "engine/parts/part.hpp"
#include "engine/parts/part_package.hpp"
#include "ports/esp_idf/asking_intake.hpp"
#include "ports/esp_idf/pull_url.hpp"
#include "protocols/link/datagram_link.hpp"
#include "protocols/link/origin.hpp"
#include "updraft.h"

namespace updraft::esp_idf {

// A place that a door wants to be connected to.
struct Call {
  std::array<char, kMaxHost + 1> host{};  // ends with NUL
  std::uint16_t port = 0;
};

class Reporter;
class Service;
class SocketDriver;

// What a door may use of the service around it. All of it outlives the door.
struct DoorContext {
  const updraft_config_t& config;
  const Policy& policy;
  Intake& intake;  // asks the application, then the engine
  LeanUpdater& updater;
  BootControl& boot;
  Question question;                 // for a door with an intake of its own
  const format::ImageInfo& running;  // the image that runs; from start() on
  Reporter& reporter;                // of what is no update; with the lock
  const parts::Targets* targets;     // besides the app; nullptr: none
  parts::PartPackage* package;       // likewise, for bundles
  Service& service;                  // for a door that speaks with the owner
};

// The first base of a door, so that its memory is given back where it begins.
class Door {
 public:
  virtual ~Door() = default;
  virtual std::uint16_t port() const { return 0; }  // to listen on; 0: it only fetches
  // For a protocol that invites by datagram: port() is of UDP then, the driver makes the
  // connections that this asks for, and open() is not called. nullptr: there is none.
  virtual link::DatagramLink* datagrams() { return nullptr; }
  // Whether a caller would get a place now. Others wait in the queue of TCP, and are not accepted.
  virtual bool takes_callers(Instant) const { return true; }
  // The link for a new connection; nullptr: there is room for no more. `from`: where the peer is
  // that called; kSomewhere: we call.
  virtual link::Link* open(link::Origin from) = 0;
  // What a connection may borrow at a time, beyond what the door holds; bytes.
  virtual std::size_t needs() const { return 0; }
  // The connection is over and its socket closed. Called once for each link that open() gave.
  // unreachable: it never came about, and the link has heard nothing.
  virtual void closed(link::Link& link, const Result<>& outcome) = 0;

  // Whoever comes in by it has proved to know a key, where there is no password.
  virtual bool has_key() const { return false; }

  virtual bool paired() const { return false; }  // with somebody who may update it

  // A door that decides by itself when it fetches, from config.pull_url or where it is told to.
  virtual bool fetches_by_itself() const { return false; }
  virtual void start(Instant) {}  // once, with the service
  // To fetch from there as soon as it can; the text stays. False: it does not fetch there.
  virtual bool ask(const char* /*url*/, Instant) { return false; }
  // Called regularly: where it wants to be connected to, now.
  virtual std::optional<Call> wanted_call(Instant) { return std::nullopt; }
  // A connection that was wanted did not come about: no name, no place, no socket.
  virtual void missed(const Error& /*why*/, Instant) {}
  // Regularly, from the update task with the lock, for a door that acts by itself. True: it has
  // more to do, so the task shall not wait long.
  virtual bool turn(Instant now, SocketDriver& sockets) {
    (void)now;
    (void)sockets;
    return false;
  }
};

// One that fetches. It tells the engine of connections that never came about; all others are their
// link's to tell of.
class FetchingDoor : public Door {
 public:
  FetchingDoor(const DoorContext& context, Scheme scheme) : context_(context), scheme_(scheme) {}
  void closed(link::Link& link, const Result<>& outcome) final {
    const bool came_about = outcome || outcome.error().code != Code::unreachable;
    if (!came_about) context_.intake.never_began(scheme_, outcome.error());
    let_go(link);
  }
  void missed(const Error& why, Instant) final { context_.intake.never_began(scheme_, why); }

 protected:
  virtual void let_go(link::Link& link) = 0;
  const DoorContext& context_;

 private:
  Scheme scheme_;
};

}  // namespace updraft::esp_idf

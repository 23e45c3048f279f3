#include "host/push/arduino_push.hpp"

#include <algorithm>

#include "engine/crypto/md5.hpp"
#include "host/desk/printable.hpp"
#include "host/push/push_loop.hpp"
#include "ports/linux/peer_address.hpp"
#include "protocols/arduino/arduino_inviter.hpp"
#include "protocols/arduino/arduino_upload.hpp"

namespace updraft::host {
namespace {

unsigned tries_of(Millis wait) {
  return static_cast<unsigned>(std::max<std::int64_t>(1, wait / link::kArduinoInviteMs));
}

}  // namespace

Ended ArduinoPush::push(const PushTo& to, Payload& payload) {
  Ended ended;
  const Result<link::PeerAddress> device = linux_port::find_peer(to.url.host, to.url.port);
  if (!device) {
    ended.outcome = device.error();
    return ended;
  }
  const bool v4 = linux_port::address_of(*device).is_v4();
  link::ArduinoUpload upload(payload);
  link::ArduinoInviter inviter(
      {.device = *device,
       .invitation = {.command = file_system ? link::kArduinoFileSystem : link::kArduinoApp,
                      .size = payload.size(),
                      .md5 = md5},
       .password = password,
       .md5_password = md5_password,
       .tries = tries_of(to.wait)});
  PushLoop loop(to);
  ended.outcome =
      loop.be_called({.inviter = inviter,
                      .link = upload,
                      .device = link::origin_of(*device),
                      .listen_on = !listen_on.empty() ? listen_on
                                   : v4               ? "0.0.0.0"
                                                      : "::",
                      .port = listen_port,
                      .listening = [&](std::uint16_t port) { inviter.listens_on(port); },
                      .called = [&] { inviter.called(); },
                      .given_up = [&] { return inviter.over(); },
                      .progress = [&] { return Progress{upload.sent(), upload.total()}; }});
  if (inviter.over() && !inviter.outcome()) ended.outcome = inviter.outcome();
  heard = inviter.heard();
  accepted = inviter.accepted();
  form = inviter.form();
  ended.refusal = printable(upload.said().empty() ? inviter.said() : upload.said());
  ended.sent = loop.taken(upload.sent());
  ended.time = loop.now().time_since_epoch();
  if (ended.outcome) ended.reached = Reached::sent;
  if (loop.stopped()) ended.stopped = Stopped::sending;
  return ended;
}

}  // namespace updraft::host

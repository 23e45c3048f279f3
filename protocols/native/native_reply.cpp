#include "protocols/native/native_reply.hpp"

#include <algorithm>

#include "engine/core/printable.hpp"
#include "protocols/link/http_exchange.hpp"

namespace updraft::link {
namespace {

// Text from outside, as a JSON string.
void add_text(HttpText& out, std::string_view text) {
  out.add("\"");
  write_printable(text, [&out](std::string_view part) {
    const bool escaped = part == "\"" || part.starts_with('\\');
    out.add(escaped ? "\\" : "").add(part);
  });
  out.add("\"");
}

void add_hex(HttpText& out, Bytes bytes) {
  out.add("\"");
  for (const std::byte b : bytes) out.add(HexByte(b).view());
  out.add("\"");
}

void add_number(HttpText& out, std::string_view name, std::uint64_t value) {
  out.add(",\"").add(name).add("\":").add(value);
}

HttpText& add_name(HttpText& out, std::string_view name) {
  return out.add(",\"").add(name).add("\":");
}

void add_digest(HttpText& out, const format::ImageInfo& image) {
  add_hex(add_name(out, "digest"), Bytes(image.digest).first(8));
}

std::uint64_t seconds_of(Millis time) {
  return static_cast<std::uint64_t>(std::max<Millis::rep>(time.count(), 0)) / 1000;
}

std::string_view reason_of(std::uint16_t status) {
  switch (status) {  // those that no upload is answered with
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 404:
      return "Not Found";
    case 409:
      return "Conflict";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return answer_reason(status);
  }
}

HttpText& add_part(HttpText& out, const NativeSession::Need& need) {
  return out.add("{\"part\":").add(std::uint64_t{need.part}).add(",");
}

void add_needs(HttpText& out, const NativeSession::Need& need) {
  using Kind = NativeSession::Need::Kind;
  if (need.kind == Kind::data) {
    add_part(out, need).add("\"from\":").add(need.from).add(",\"to\":").add(need.to).add("}");
  }
  if (need.kind != Kind::page) return;
  const std::uint32_t end =
      std::min<std::uint32_t>(need.pages, need.page + std::uint32_t{kNativeMostNeeds});
  for (std::uint32_t page = need.page; page < end; ++page) {
    out.add(page == need.page ? "" : ",");
    add_part(out, need).add("\"page\":").add(page).add("}");
  }
}

}  // namespace

void write_device(HttpText& out, const NativeFacts& facts, const NativeSession& session) {
  const Status& status = facts.status;
  out.add("{\"v\":1,\"id\":");
  add_text(out, facts.id);
  add_hex(add_name(out, "class"), facts.class_id);
  add_text(add_name(out, "chip"), facts.chip);
  add_text(add_name(out, "project"), status.running.app.project_name.view());
  add_text(add_name(out, "version"), status.running.app.version.view());
  add_digest(out, status.running);
  add_text(add_name(out, "slot"), status.slot.view());
  add_text(add_name(out, "state"), name(status.state));
  if (status.data_on_trial) add_name(out, "data_on_trial").add("true");
  add_number(out, "sequence", facts.sequence);
  add_number(out, "keyset", facts.key_set);
  add_number(out, "slot_size", status.slot_bytes);
  add_name(out, "delta").add(status.takes_delta ? "true" : "false");
  if (session.is_open()) add_hex(add_name(out, "session"), session.id());
  add_number(out, "armed", facts.armed);
  add_number(out, "refused_peers", facts.refused_peers);
  add_number(out, "boot", status.boot);
  add_number(out, "uptime", seconds_of(status.uptime));
  out.add("}");
}

void write_need(HttpText& out, const NativeSession& session) {
  using Kind = NativeSession::Need::Kind;
  const NativeSession::Need need = session.need();
  out.add("{\"session\":");
  add_hex(out, session.id());
  add_number(out, "received", session.received());
  add_number(out, "total", session.total());
  out.add(",\"need\":[");
  add_needs(out, need);
  const bool more = need.kind == Kind::page && need.pages - need.page > kNativeMostNeeds;
  out.add("],\"more\":").add(more ? "true}" : "false}");
}

void write_installed(HttpText& out, const NativeInstalled& installed, bool restarts) {
  out.add("{\"result\":\"ok\",\"slot\":");
  add_text(out, installed.slot.view());
  add_text(add_name(out, "version"), installed.image.app.version.view());
  add_digest(out, installed.image);
  add_text(add_name(out, "trust"), name(installed.trust));
  restarts ? write_restart(out) : void(out.add("}"));
}

void write_restart(HttpText& out) {
  add_number(out, "restart_ms", static_cast<std::uint64_t>(kNativeRestartMs.count()));
  out.add("}");
}

// What does not fit is asked for again: `next` is the last one that is in.
void write_events(HttpText& out, NativeBoard& board, std::uint64_t after) {
  constexpr std::size_t kRest = 32;  // of the object, and the number of an event
  const std::uint64_t newest = board.newest_event();
  std::uint64_t last = std::min(after, newest);
  std::uint64_t first = last + 1;
  while (first <= newest && board.event(first).empty()) ++first;  // forgotten
  std::size_t room = kNativeReplyBytes - 2 * kRest;
  std::uint64_t end = first;
  for (; end <= newest; ++end) {
    const std::size_t size = board.event(end).size() + kRest;
    if (size > room) break;
    room -= size;
    last = end;
  }
  if (end == first && first <= newest) last = end++;  // one that never fits is passed over
  out.add("{\"next\":").add(last).add(",\"events\":[");
  bool any = false;
  for (std::uint64_t n = first; n < end; ++n) {
    const std::string_view event = board.event(n);
    if (event.size() + 2 * kRest > kNativeReplyBytes || !event.starts_with('{')) continue;
    out.add(any ? ",{\"n\":" : "{\"n\":").add(n).add(",").add(event.substr(1));
    any = true;
  }
  out.add("]}");
}

void write_error(HttpText& out, const Error& error) {
  out.add("{\"code\":\"").add(name(error.code)).add("\",\"message\":");
  add_text(out, sentence(error));
  if (error.code == Code::chunk_mismatch) add_number(out, "offset", error.found * kNativeChunk);
  if (error.code == Code::too_big) add_number(out, "limit", error.expected);
  if (error.code == Code::sequence_old) add_number(out, "have", error.expected);
  out.add("}");
}

void write_reply_head(HttpText& out, std::uint16_t status, std::size_t bytes, bool closes) {
  out.add("HTTP/1.1 ").add(status).add(" ").add(reason_of(status)).add("\r\n");
  if (status != 204) out.add("Content-Type: application/json\r\n");
  if (status != 204) out.add("Content-Length: ").add(bytes).add("\r\n");
  if (status == 503) out.add("Retry-After: 1\r\n");
  out.add(closes ? "Connection: close\r\n\r\n" : "\r\n");
}

}  // namespace updraft::link

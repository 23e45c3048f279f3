#include "ports/esp_idf/kept_events.hpp"

#include <algorithm>
#include <iterator>

#include "protocols/link/http_text.hpp"

namespace updraft::esp_idf {
namespace {

// What stands in design.md's objects before their members; nullptr: others are told of it
// elsewhere.
const char* beginning_of(updraft_event_id_t id, bool refused) {
  switch (id) {
    case UPDRAFT_EVENT_INSTALLED:
      return "\"update\",\"result\":\"ok\"";
    case UPDRAFT_EVENT_CURRENT:
      return "\"update\",\"result\":\"current\"";
    case UPDRAFT_EVENT_ENDED:
      return refused ? "\"update\",\"result\":\"refused\"" : "\"update\",\"result\":\"failed\"";
    case UPDRAFT_EVENT_UNCHANGED:
      return "\"pulled\",\"result\":\"unchanged\"";
    case UPDRAFT_EVENT_CONFIRMED:
      return "\"confirm\"";
    case UPDRAFT_EVENT_ROLLED_BACK:
      return "\"rollback\"";
    case UPDRAFT_EVENT_REMEMBERED:
      return "\"remembered\"";
    case UPDRAFT_EVENT_RESCUE:
      return "\"rescue\"";
    case UPDRAFT_EVENT_ACCEPTED:
      return "\"accepted\"";
    case UPDRAFT_EVENT_PROGRESS:
    case UPDRAFT_EVENT_ON_TRIAL:
    case UPDRAFT_EVENT_PART:  // no data comes this way; the status names the partitions
      return nullptr;
  }
  return nullptr;
}

void add(link::HttpText& out, std::string_view name, const char* text) {
  if (text == nullptr || text[0] == '\0') return;
  out.add(",\"").add(name).add("\":\"").add(text).add("\"");
}

}  // namespace

void KeptEvents::note(const updraft_event_t& event) {
  if (beginning_of(event.id, event.refused) == nullptr) return;
  Kept& kept = kept_[++newest_ % kKeptEvents];
  kept = {.id = event.id,
          .refused = event.refused,
          .scheme = event.scheme,
          .code = event.code,
          .message = event.message,
          .version = {}};
  // It prints, as everything in an event does; here it stands in quotes as well.
  std::ranges::replace_copy_if(
      event.version, std::begin(kept.version), [](char c) { return c == '"' || c == '\\'; }, '.');
}

std::string_view KeptEvents::told(std::uint64_t number) {
  if (number == 0 || number > newest_ || number + kKeptEvents <= newest_) return {};
  const Kept& kept = kept_[number % kKeptEvents];
  link::HttpText out(text_);
  out.add("{\"event\":").add(beginning_of(kept.id, kept.refused));
  add(out, "scheme", kept.scheme);
  add(out, "version", kept.version);
  add(out, "code", kept.code);
  add(out, "message", kept.message);
  out.add("}");
  return out.full() ? std::string_view{} : out.view();
}

}  // namespace updraft::esp_idf

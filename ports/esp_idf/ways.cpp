#include "ports/esp_idf/ways.hpp"

#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_system.h"
#include "ports/esp_idf/knobs.hpp"
#include "ports/esp_idf/literal.hpp"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {
namespace {

const char* who(const Way& way, const Policy& policy) {
  if (way.scheme->proof == Proof::pairing) {
    return takes_packages(policy) ? "whoever is paired, what its keys signed; all else while armed"
                                  : "whoever is paired";
  }
  if (way.has_password) return "whoever knows the password";
  const bool open = policy.allows_unsigned(way.scheme);
  if (takes_packages(policy)) {
    return open ? "what its keys signed; anybody's while armed" : "what its keys signed";
  }
  return open ? "whoever reaches it" : nullptr;
}

unsigned number(std::size_t bytes) { return static_cast<unsigned>(bytes); }

}  // namespace

void say_way(const Way& way, const Policy& policy, const Stages& stages) {
  // "%.0u" of 0 is nothing. snprintf, for the same, would bring a second formatter of 6 KB along.
  const char* const scheme = literal(name(way.scheme));
  const char* const place = way.port != 0 ? "port " : way.place;
  const unsigned port = number(way.port);
  const char* const by = who(way, policy);
  if (by == nullptr) {
    const char* const knob = unsigned_knob(way.scheme);
    ESP_LOGW(kLogTag, "%s: %s%.0u; takes nothing: no KeySet is held, and %s is not set", scheme,
             place, port, knob != nullptr ? knob : "allow_unsigned");
    return;
  }
  ESP_LOGI(kLogTag, "%s: %s%.0u; %s; images%s%s%s", scheme, place, port, by,
           stages.inflaters.at(0) != nullptr ? ", compressed" : "",
           stages.patch != nullptr ? ", patches" : "",
           stages.unseal != nullptr ? ", pre-encrypted" : "");
}

void say_memory(std::size_t taken, std::size_t borrows, bool reserved) {
  const std::size_t largest = heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT);
  ESP_LOGI(kLogTag, "memory: %u bytes are taken; an update borrows up to %u more%s; %u are free",
           number(taken), number(borrows), reserved && borrows != 0 ? ", which are reserved" : "",
           number(esp_get_free_heap_size()));
  if (!reserved && borrows > largest) {
    ESP_LOGW(kLogTag, "memory: the largest free piece has %u bytes: some updates will be no_memory",
             number(largest));
  }
}

}  // namespace updraft::esp_idf

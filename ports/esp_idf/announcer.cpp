#include "ports/esp_idf/announcer.hpp"

#include <iterator>

#include "updraft/status.hpp"

#include "esp_log.h"
#include "mdns.h"
#include "ports/esp_idf/literal.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "protocols/link/http_text.hpp"

namespace updraft::esp_idf {
namespace {

constexpr const char *kService = "_updraft", *kProto = "_tcp";
constexpr std::size_t kIdDigits = 6;    // of the id, in a name that it makes
constexpr std::size_t kHostBytes = 64;  // MDNS_NAME_BUF_LEN

// As C wants it.
template <std::size_t N>
struct CText {
  explicit CText(std::string_view text) { text.copy(bytes, N); }
  char bytes[N + 1]{};
};

const char* text_of(bool paired) { return paired ? "1" : "0"; }

// False: nobody can be told, and the log says so.
bool done(esp_err_t err, const char* what) {
  if (err == ESP_OK) return true;
  ESP_LOGW(kLogTag, "not announced on the network: %s: %d", what, static_cast<int>(err));
  return false;
}

}  // namespace

void Announcer::start(const char* name, const Facts& facts, Stand stand) {
  std::array<char, kHostBytes> own{};
  const std::string_view id = facts.id.view();
  link::HttpText made{std::span(own).first(own.size() - 1)};
  made.add("updraft-").add(id.substr(id.size() - std::min(id.size(), kIdDigits)));
  if (name == nullptr) name = own.data();
  if (!done(mdns_init(), "mdns_init")) return;
  std::array<char, kHostBytes> host{};
  const bool is_set = mdns_hostname_get(host.data()) == ESP_OK && host[0] != '\0';
  if (!is_set && !done(mdns_hostname_set(name), "mdns_hostname_set")) return;

  const CText<link::kNativeIdBytes> id_text(id);
  const CText<32> project(facts.running->app.project_name.view());
  const CText<32> version(facts.running->app.version.view());
  const CText<kOpenBytes> open(facts.open.view());
  char digest[17]{};
  write_hex(Bytes(facts.running->digest).first(8),
            MutableBytes(reinterpret_cast<std::byte*>(digest), 16));
  mdns_txt_item_t items[] = {{"v", "1"},
                             {"id", id_text.bytes},
                             {"chip", literal(facts.chip)},
                             {"project", project.bytes},
                             {"version", version.bytes},
                             {"digest", digest},
                             {"state", literal(format::name(stand.state))},
                             {"open", open.bytes},
                             {"paired", text_of(stand.paired)}};
  if (!done(mdns_service_add(name, kService, kProto, facts.port, items, std::size(items)),
            "mdns_service_add")) {
    return;
  }
  told_ = stand;
  ESP_LOGI(kLogTag, "announced on the network as %s", name);
}

void Announcer::tell(Stand stand) {
  if (!told_ || *told_ == stand) return;
  told_ = stand;
  (void)mdns_service_txt_item_set(kService, kProto, "state", literal(format::name(stand.state)));
  (void)mdns_service_txt_item_set(kService, kProto, "paired", text_of(stand.paired));
}

}  // namespace updraft::esp_idf

#include "ports/esp_idf/reporter.hpp"

#include <array>
#include <cinttypes>

#include "esp_log.h"
#include "ports/esp_idf/literal.hpp"

namespace updraft::esp_idf {
namespace {

constexpr std::uint64_t kLogEvery = 128 * 1024;  // bytes

// Text from outside, with what does not print as a dot.
struct Printable {
  explicit Printable(std::string_view text) {
    std::size_t size = 0;
    for (const char c : text.substr(0, chars.size() - 1)) {
      chars[size++] = c >= ' ' && c <= '~' ? c : '.';
    }
  }
  std::array<char, 33> chars{};
};

}  // namespace

void Reporter::on_trial(std::uint32_t seconds) {
  if (seconds > 0) {
    ESP_LOGW(kLogTag,
             "this image is on trial: confirm it (updraft_confirm) within %" PRIu32
             " s, or the old one comes back",
             seconds);
  } else {
    ESP_LOGW(kLogTag, "this image is on trial: unless it is confirmed, the next reset ends it");
  }
  tell({.id = UPDRAFT_EVENT_ON_TRIAL});
}

void Reporter::on_state(UpdateState state) {
  if (state == UpdateState::judging) logged_ = 0;
  ESP_LOGI(kLogTag, "%s", literal(name(state)));
}

void Reporter::on_progress(std::uint64_t received, std::uint64_t total) {
  if (received - logged_ >= kLogEvery) {
    logged_ = received;
    ESP_LOGI(kLogTag, "%" PRIu64 " KiB", received / 1024);
  }
  tell({.id = UPDRAFT_EVENT_PROGRESS, .received = received, .total = total});
}

void Reporter::on_installed(const Installed& update) {
  installed_by_ = update.scheme;
  const Printable version(update.image.app.version.view());
  const Printable project(update.image.app.project_name.view());
  ESP_LOGI(kLogTag, "%s %s is installed and boots next", project.chars.data(),
           version.chars.data());
  tell({.id = UPDRAFT_EVENT_INSTALLED,
        .scheme = literal(name(update.scheme)),
        .version = version.chars.data(),
        .project = project.chars.data()});
}

void Reporter::on_files_installed(const FilesInstalled& files) {
  installed_by_ = files.scheme;
  ESP_LOGI(kLogTag, "%u files are in place", static_cast<unsigned>(files.count));
  tell({.id = UPDRAFT_EVENT_INSTALLED, .scheme = literal(name(files.scheme))});
}

void Reporter::on_ended(Scheme scheme, const Error& why) {
  const bool refused = verdict(why.code) == Verdict::refused;
  const char* message = literal(sentence(why));
  ESP_LOGE(kLogTag, "update %s: %s: %s (%" PRIu64 ", %" PRIu64 ")", refused ? "refused" : "failed",
           literal(name(why.code)), message, why.found, why.expected);
  tell({.id = UPDRAFT_EVENT_ENDED,
        .scheme = literal(name(scheme)),
        .code = literal(name(why.code)),
        .message = message,
        .refused = refused});
}

void Reporter::on_confirmed() {
  ESP_LOGI(kLogTag, "this image is confirmed");
  tell({.id = UPDRAFT_EVENT_CONFIRMED});
}

void Reporter::on_remembered(const crypto::Sha256Digest&) {
  ESP_LOGW(kLogTag, "an image lost its trial here; it is refused from now on");
  tell({.id = UPDRAFT_EVENT_REMEMBERED});
}

}  // namespace updraft::esp_idf

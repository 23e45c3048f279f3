#include "ports/esp_idf/rescue.hpp"

#ifdef CONFIG_UPDRAFT_RESCUE
#include <atomic>

#include "engine/signing/signing_memory.hpp"
#include "esp_idf_version.h"
#include "esp_log.h"
#include "esp_system.h"
#include "ports/esp_idf/memory_store.hpp"
#include "ports/esp_idf/once.hpp"
#include "ports/esp_idf/ota_calls.hpp"
#include "ports/esp_idf/owned.hpp"
#include "updraft_rescue.h"

namespace updraft::esp_idf {
namespace {

// Of updraft_count_start(): this start was counted, and is not counted again.
std::atomic<bool> counted = false;

}  // namespace

RescueBoot::Cause cause_of_start() {
  switch (esp_reset_reason()) {
    case ESP_RST_PANIC:
    case ESP_RST_INT_WDT:
    case ESP_RST_TASK_WDT:
    case ESP_RST_WDT:
    case ESP_RST_BROWNOUT:
#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 3, 0)
    case ESP_RST_CPU_LOCKUP:
#endif
      return RescueBoot::Cause::crash;
    case ESP_RST_SW:
    case ESP_RST_DEEPSLEEP:
      return RescueBoot::Cause::other;
    default:
      return RescueBoot::Cause::power;
  }
}

// In front of the place of signed updates, whether or not that is used (memory_store.cpp leaves
// room).
RescuePlace::RescuePlace() {
  const esp_partition_t* const own = esp_partition_find_first(
      ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, kJournalPartition);
  constexpr std::uint32_t kAtEnd = (kSigningSectors + kRescueSectors) * kFlashSector;
  if (own == nullptr || own->encrypted || own->size < 2 * kFlashSector + kAtEnd) return;
  Flash& all = partition_.emplace(*own);
  memory_.emplace(window_.emplace(all, all.size() - kAtEnd, kRescueSectors * kFlashSector));
}

bool RescueWatch::start(Instant now) {
  const RescueBoot::Started started =
      boot_.start(counted ? RescueBoot::Cause::other : cause_of_start());
  healthy_at_ = now + kHealthyMs;
  if (started.reason) reporter_.on_rescue(name(*started.reason));
  if (started.rescue_broken) reporter_.on_rescue(name(Code::rescue_broken));
  if (version_.is_too_old())
    reporter_.on_rescue_too_old(version_.present().view(), version_.wanted());
  if (started.restarts || !boot_.in_rescue()) return started.restarts;
  asked_ = boot_.request();
  if (asked_) std::ranges::copy(asked_->url.view(), url_.begin());
  if (started.reason == RescueReason::update) back_at_ = now + kRescueWaitMs;
  return false;
}

bool RescueWatch::turn(Instant now) {
  if (!healthy_ && now >= healthy_at_) {
    healthy_ = true;
    boot_.healthy();
  }
  if (boot_.restart_due()) return true;
  const bool idle = !status_.wrote() && !updater_.in_session();
  if (!back_at_ || now < *back_at_ || !idle) return false;
  back_at_.reset();
  return boot_.go_back().has_value();
}

}  // namespace updraft::esp_idf

extern "C" esp_err_t updraft_count_start(void) {
  using namespace updraft::esp_idf;
  static Once once;
  if (!once.take()) return ESP_ERR_INVALID_STATE;
  struct First {
    IdfOtaCalls calls;
    BootParts parts{calls};
  };
  const auto first = make_owned<First>();
  if (first == nullptr) return ESP_ERR_NO_MEM;
  const auto started = first->parts.rescue().start(cause_of_start());
  counted = true;
  if (!started.restarts) return ESP_OK;
  ESP_LOGE(kLogTag, "this app crashed three times in a row: another one starts");
  esp_restart();
  return ESP_FAIL;
}
#endif

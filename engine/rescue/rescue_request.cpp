#include "engine/rescue/rescue_request.hpp"

#include "engine/format/crc32.hpp"

namespace updraft {
namespace {

constexpr std::uint32_t kRequestMagic = 0x51524455;  // "UDRQ"
constexpr std::size_t kTargetAt = 12, kRanAt = 32, kUrlAt = 64;
constexpr std::uint8_t kArmed = 1;

void put(MutableBytes record, std::size_t at, Bytes bytes) {
  std::ranges::copy(bytes, record.subspan(at).begin());
}

}  // namespace

std::string_view name(RescueReason reason) {
  constexpr std::string_view kNames[] = {"boot_loop", "trial_failed", "asked", "update"};
  return kNames[static_cast<std::size_t>(reason)];
}

RequestRecord make_request(const RescueRequest& request) {
  RequestRecord record{};
  store_le32(record, 0, kRequestMagic);
  record[4] = std::byte{kRequestLayout};
  record[5] = static_cast<std::byte>(request.reason);
  record[6] = std::byte{request.armed ? kArmed : std::uint8_t{0}};
  const std::string_view target = request.target.view(), url = request.url.view();
  record[7] = static_cast<std::byte>(target.size());
  store_le16(record, 8, static_cast<std::uint16_t>(url.size()));
  put(record, kTargetAt, as_bytes(target));
  put(record, kRanAt, request.ran);
  put(record, kUrlAt, as_bytes(url));
  format::end_in_crc(record);
  return record;
}

std::optional<RescueRequest> parse_request(Bytes record) {
  if (record.size() < kRequestBytes) return std::nullopt;
  record = record.first(kRequestBytes);
  const std::uint8_t reason = load_u8(record, 5);
  const std::size_t target = load_u8(record, 7), url = load_le16(record, 8);
  const bool sound = load_le32(record, 0) == kRequestMagic &&
                     load_u8(record, 4) == kRequestLayout && format::ends_in_crc(record) &&
                     reason <= static_cast<std::uint8_t>(RescueReason::update) &&
                     target <= kRequestTarget && url <= kRequestUrl;
  if (!sound) return std::nullopt;
  RescueRequest request;
  request.reason = static_cast<RescueReason>(reason);
  request.armed = (load_u8(record, 6) & kArmed) != 0;
  request.target = Text<kRequestTarget>(record.subspan(kTargetAt, target));
  std::ranges::copy(record.subspan(kRanAt, request.ran.size()), request.ran.begin());
  request.url = Text<kRequestUrl>(record.subspan(kUrlAt, url));
  return request;
}

}  // namespace updraft

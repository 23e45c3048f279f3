// Which rescue app a device has, and whether it is older than its app needs: an app that counts on
// something which older rescue apps lack names the least version, and is told where it is not
// there.
//
//   RescueVersion version(boot, "1.2.0");
//   if (version.is_too_old()) ...            // a warning, and nothing more
//   version.fill(status);
//
//   "rescue":{"version":"1.1.0","wanted":"1.2.0","too_old":true}
#pragma once
#include "updraft/status.hpp"

#include "engine/rescue/rescue_boot.hpp"

namespace updraft {

// What a document with it needs beyond kStatusBytes: two versions and the words around them.
inline constexpr std::size_t kRescueTextBytes = 128;

class RescueVersion final : public StatusMember {
 public:
  // `wanted`: the least version that the app needs, at most 31 bytes of it; empty: any. Outlives
  // this, as `boot` does.
  RescueVersion(RescueBoot& boot, std::string_view wanted) : boot_(boot), wanted_(wanted) {}
  RescueVersion(const RescueVersion&) = delete;
  RescueVersion& operator=(const RescueVersion&) = delete;

  // There is one, and it is not what runs: it can be older than the app needs.
  bool is_beside() const { return boot_.rescue() && !boot_.in_rescue(); }
  // As flash has it now; empty: it says none, or is not there.
  Text<32> present() const;
  std::string_view wanted() const { return wanted_.view(); }
  // False also where there is no order between the two, and where it says none.
  bool is_too_old() const;

  // The document gets it before its other members; this outlives the status.
  void fill(Status& status);
  std::size_t write(MutableBytes out) const override;

 private:
  RescueBoot& boot_;
  Text<32> wanted_;
  const StatusMember* next_ = nullptr;
};

}  // namespace updraft

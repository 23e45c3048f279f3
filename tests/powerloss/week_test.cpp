// A device left alone for a week beside a server that never changes what it offers: fetching and
// being pushed at every hour, by every protocol, switched off and on every night. After the first
// day nothing is written to its flash any more.
#include <gtest/gtest.h>

#include "engine/codec/deflated_samples.hpp"
#include "host/delta/diff.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

constexpr std::size_t kImageBytes = 12 * 1024;
constexpr int kDays = 7, kHours = 24;

struct Server {
  const char* name;
  std::string (Rig::*send)(Bytes);
  Image (*wrap)(const Image&);
};

Image plain(const Image& image) { return image; }
Image ecies(const Image& image) { return seal(image, format::Seal::ecies); }
Image gzip(const Image& image) { return samples::deflated(image, samples::Wrapping::gzip); }

const Server kServers[] = {
    {"raw", &Rig::send_raw, plain},         {"raw_gzip", &Rig::send_raw, gzip},
    {"raw_ecies", &Rig::send_raw, ecies},   {"req", &Rig::send_req, plain},
    {"req_ecies", &Rig::send_req, ecies},   {"ws", &Rig::send_ws, plain},
    {"web", &Rig::send_web, plain},         {"web_gzip", &Rig::send_web, gzip},
    {"ws_gzip", &Rig::send_ws, gzip},       {"bundle", &Rig::send_bundle, plain},
    {"arduino", &Rig::send_arduino, plain}, {"esphome", &Rig::send_esphome, plain},
    {"control", &Rig::send_control, plain}, {"control_ecies", &Rig::send_control, ecies},
    {"mqtt", &Rig::send_mqtt, plain},       {"uart", &Rig::send_uart, plain},
    {"sd", &Rig::send_sd, plain},
};
void PrintTo(const Server& server, std::ostream* out) { *out << server.name; }

// What the server offers.
enum class Offers : std::uint8_t { what_runs, a_newer_one, one_that_failed };
std::string name(Offers offers) {
  constexpr const char* kNames[] = {"what_runs", "a_newer_one", "one_that_failed"};
  return kNames[static_cast<std::size_t>(offers)];
}

using Row = std::tuple<Server, const Geometry*, Offers>;
class Week : public testing::TestWithParam<Row> {};

void confirm(Rig& rig) {
  if (rig.state() == OtaState::pending_verify) (void)rig.device().updater().confirm();
}

TEST_P(Week, AfterTheFirstDayNothingIsWritten) {
  const auto& [server, geometry, offers] = GetParam();
  const Image first = make_image("1.0.0", kImageBytes), next = make_image("2.0.0", kImageBytes);
  const Image payload = server.wrap(offers == Offers::what_runs ? first : next);
  Rig rig(*geometry, first, Start::fresh);
  rig.restore();
  std::uint64_t written = 0;
  for (int day = 0; day < kDays; ++day) {
    ASSERT_TRUE(rig.power_on());
    confirm(rig);
    if (day == 1) written = rig.operations();
    for (int hour = 0; hour < kHours; ++hour) {
      (void)(rig.*server.send)(payload);
      if (rig.device().updater().state() != UpdateState::installed) continue;
      ASSERT_EQ(day, 0) << "installed at hour " << hour << " of day " << day;
      ASSERT_TRUE(rig.power_on());
      if (offers == Offers::one_that_failed) {
        ASSERT_TRUE(rig.power_on()) << "it crashes, and the old one comes back";
      }
      confirm(rig);
    }
  }
  EXPECT_EQ(rig.operations(), written);
  EXPECT_EQ(rig.running(), offers == Offers::a_newer_one ? "2.0.0" : "1.0.0");
}

std::string name_of(const testing::TestParamInfo<Row>& row) {
  const auto& [server, geometry, offers] = row.param;
  return std::string(server.name) + "_" + geometry->name + "_" + name(offers);
}

INSTANTIATE_TEST_SUITE_P(Servers, Week,
                         testing::Combine(testing::ValuesIn(kServers),
                                          testing::Values(&kSmall, &kSmallFactory),
                                          testing::Values(Offers::what_runs, Offers::a_newer_one,
                                                          Offers::one_that_failed)),
                         name_of);

}  // namespace
}  // namespace updraft::powerloss

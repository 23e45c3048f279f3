// What the log says of a start, and what the status document says of a trial and of what is before.
#include "ports/esp_idf/ways.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/esp_idf/req_door.hpp"
#include "ports/esp_idf/socket_driver.hpp"
#include "tests/esp_idf/service_bench.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft::esp_idf {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

struct Ways : testing::Test {
  void start() {
    ASSERT_EQ(bench.start(), ESP_OK);
    bench.service->say_what_is_open(5'000);
  }
  Status status() {
    Status status;
    bench.service->fill(status);
    return status;
  }
  ServiceBench bench;
};

TEST_F(Ways, AreSaidWithPlacePolicyAndWhatTheyTake) {
  const Image key = golden::rsa_key();
  bench.config.raw_port = free_port();
  bench.config.bundle_port = free_port();
  bench.config.bundle_password = "secret";
  bench.config.pull_url = "req://192.168.1.10:8070";
  bench.config.take_compressed = bench.config.take_delta = true;
  bench.config.seal_rsa_key = reinterpret_cast<const std::uint8_t*>(key.data());
  bench.config.seal_rsa_key_size = key.size();
  start();
  const std::string port = std::to_string(bench.config.raw_port);
  EXPECT_THAT(bench.chip.log, Contains("I raw: port " + port +
                                       "; whoever reaches it; images, compressed, patches, "
                                       "pre-encrypted"));
  EXPECT_THAT(bench.chip.log,
              Contains(HasSubstr("I bundle: port " + std::to_string(bench.config.bundle_port) +
                                 "; whoever knows the password; images")));
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("I req: fetches; whoever reaches it; images")));
  EXPECT_THAT(bench.chip.log, Not(Contains(HasSubstr("arduino"))));
}

TEST_F(Ways, ThatLetNothingInSayWhichSettingWould) {
  bench.config.raw_port = free_port();
  bench.config.allow_unsigned_raw = false;
  start();
  EXPECT_THAT(bench.chip.log, Contains(AllOf(HasSubstr("W raw: port "),
                                             HasSubstr("allow_unsigned_raw is not set"))));
}

TEST_F(Ways, SayTheMemory) {
  bench.config.take_compressed = true;
  bench.config.reserve_memory = false;
  bench.chip.heap = 20'000;
  start();
  const std::string needs =
      std::to_string(codec::inflate_memory(codec::kInflateWindow) + kFlashSector +
                     SocketDriver::kWorkBytes + sizeof(link::ReqClient));
  EXPECT_THAT(bench.chip.log, Contains("I memory: 5000 bytes are taken; an update borrows up to " +
                                       needs + " more; 123456 are free"));
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("W memory: the largest free piece has 20000")));
}

TEST_F(Ways, SayThatMemoryIsReserved) {
  bench.config.take_compressed = bench.config.reserve_memory = true;
  start();
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("more, which are reserved; ")));
  EXPECT_THAT(bench.chip.log, Not(Contains(HasSubstr("largest free piece"))));
}

// In the chip's own words, by log, event and status document.
TEST_F(Ways, RefusalsNameTheSettingsOfThisPort) {
  bench.config.allow_unsigned_raw = false;
  start();
  EXPECT_EQ(bench.install(make_image("2.0.0")), "unsigned");
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("set the allow_unsigned_ field of this way in")));
  EXPECT_THAT(bench.chip.log,
              Contains("E allow_unsigned_raw is not set: nothing unsigned comes in by raw"));
  EXPECT_EQ(status().last_sentence.find("Unsigned images are refused"), 0u);
  EXPECT_NE(status().last_sentence.find("menuconfig"), std::string::npos);
}

TEST_F(Ways, AfterAnUpdateTheLogHasWhatIsLeftOfTheStack) {
  start();
  EXPECT_EQ(bench.install(make_image("2.0.0")), "ok");
  EXPECT_THAT(bench.chip.log, Contains("D 1234 bytes of this task's stack were never used"));
}

TEST_F(Ways, ATrialsTimeIsInTheStatus) {
  start();
  EXPECT_FALSE(status().give_up_in);
  EXPECT_EQ(bench.install(make_image("2.0.0")), "ok");
  ASSERT_TRUE(bench.power_on());
  bench.chip.real_time = false;
  start();
  EXPECT_EQ(status().give_up_in, Millis{300'000});
  bench.chip.microseconds += 60'000'000;
  EXPECT_EQ(status().give_up_in, Millis{240'000});
  bench.service->trial().ask_to_confirm();
  ASSERT_TRUE(bench.service->turn(Millis{0}));
  EXPECT_FALSE(status().give_up_in);
}

// The slot of an update that was cut off holds a head, and no image.
TEST_F(Ways, PreviousIsAWholeImage) {
  start();
  EXPECT_EQ(bench.install(make_image("2.0.0", 60 * 1024)), "ok");
  ASSERT_TRUE(bench.power_on());
  start();
  ASSERT_TRUE(status().previous);
  EXPECT_EQ(status().previous->version.view(), "1.0.0");
  bench.chip.partition("ota_0")[20 * 1024] ^= std::byte{0x10};
  ASSERT_TRUE(bench.power_on());
  start();
  EXPECT_FALSE(status().previous);
}

}  // namespace
}  // namespace updraft::esp_idf

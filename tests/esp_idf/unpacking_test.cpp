// What the service takes besides plain images, and what it says where the memory for it is missing.
#include "ports/esp_idf/unpacking.hpp"

#include <gtest/gtest.h>

#include "diff/diff.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

std::string install(ServiceBench& bench, Bytes payload) {
  Intake& intake = bench.service->intake();
  Result<> done = intake.begin({.scheme = Scheme::raw, .size = payload.size()});
  for (Bytes rest = payload; done && !rest.empty();
       rest = rest.subspan(at_most(rest, 1460).size())) {
    done = intake.write(at_most(rest, 1460));
  }
  if (done) done = intake.finish(PayloadEnd::told);
  return done ? "ok" : std::string(name(done.error().code));
}

TEST(Unpacking, PatchesOfTheRunningImageAreTakenWhereAskedFor) {
  const Image next = make_image("2.0.0", 40 * 1024);
  const auto patch = diff::make_patch(make_image("1.0.0"), next).bytes;
  ASSERT_LT(patch.size(), next.size());
  for (const bool room : {false, true}) {
    ServiceBench bench;
    bench.config.take_delta = room;
    ASSERT_EQ(bench.start(), ESP_OK);
    EXPECT_EQ(install(bench, patch), room ? "ok" : "alg_unsupported");
    ASSERT_TRUE(bench.power_on());
    EXPECT_EQ(bench.chip.running(), room ? "2.0.0" : "1.0.0");
  }
}

TEST(Unpacking, APatchForAnotherImageCostsNothing) {
  ServiceBench bench;
  bench.config.take_delta = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint64_t before = bench.chip.flash().operations();
  EXPECT_EQ(install(bench, diff::make_patch(make_image("1.5.0"), make_image("2.0.0")).bytes),
            "wrong_base");
  EXPECT_EQ(bench.chip.flash().operations(), before);
}

TEST(Unpacking, WithoutMemoryNothingStarts) {
  for (const bool delta : {false, true}) {
    ServiceBench bench;
    (delta ? bench.config.take_delta : bench.config.take_compressed) = true;
    bench.chip.heap = 32 * 1024;
    EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
    bench.chip.heap = 64 * 1024;
    EXPECT_EQ(bench.start(), ESP_OK);
  }
}

TEST(Unpacking, CostsWhatItsHelpSays) {
  EXPECT_LE(sizeof(pipeline::PatchStage) + sizeof(pipeline::EspPatchStage), 36u * 1024);
}

}  // namespace
}  // namespace updraft::esp_idf

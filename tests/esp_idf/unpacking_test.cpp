// What the service takes besides plain images, and its error if there is no memory for it.
#include "ports/esp_idf/unpacking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/codec/deflated_samples.hpp"
#include "host/delta/diff.hpp"
#include "tests/esp_idf/service_bench.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft::esp_idf {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

std::string install(ServiceBench& bench, Bytes payload) { return bench.install(payload); }

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

TEST(Unpacking, WithoutMemoryToReserveNothingStarts) {
  for (const bool delta : {false, true}) {
    ServiceBench bench;
    bench.config.reserve_memory = true;
    (delta ? bench.config.take_delta : bench.config.take_compressed) = true;
    bench.chip.heap = 16 * 1024;
    EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
    bench.chip.heap = 64 * 1024;
    EXPECT_EQ(bench.start(), ESP_OK);
  }
}

// An update of each kind; all need memory, if only for the sector that is gathered.
struct Packed {
  const char* what;
  Image payload;
};
std::vector<Packed> packed_kinds() {
  const Image next = make_image("2.0.0", 60 * 1024);
  const Image patch = diff::make_patch(make_image("1.0.0"), next).bytes;
  return {{"plain", next},
          {"gzip", samples::deflated(next, samples::Wrapping::gzip)},
          {"zlib", samples::deflated(next, samples::Wrapping::zlib)},
          {"patch", patch},
          {"a packed patch", samples::deflated(patch, samples::Wrapping::zlib)},
          {"sealed", golden::sealed(next, format::Seal::rsa)}};
}

struct Unpacks : ServiceBench {
  explicit Unpacks(bool reserves) {
    config.reserve_memory = reserves;
    config.take_delta = config.take_compressed = true;
    config.seal_rsa_key = reinterpret_cast<const std::uint8_t*>(key.data());
    config.seal_rsa_key_size = key.size();
  }
  const Image key = golden::rsa_key();
};

TEST(Memory, IsTakenWhenItIsNeededAndGivenBack) {
  for (const auto& [what, payload] : packed_kinds()) {
    SCOPED_TRACE(what);
    Unpacks bench(false);
    ASSERT_EQ(bench.start(), ESP_OK);
    const int at_rest = bench.chip.pieces, takings = bench.chip.takings;
    EXPECT_EQ(bench.install(Bytes(payload).first(payload.size() / 2)), "size_mismatch");
    EXPECT_EQ(bench.chip.pieces, at_rest);
    EXPECT_EQ(bench.install(payload), "ok");
    EXPECT_EQ(bench.chip.pieces, at_rest);
    EXPECT_GT(bench.chip.takings, takings);
  }
}

// Nothing is taken after the start, and the heap may be as full as it likes.
TEST(Memory, ThatIsReservedIsThere) {
  for (const auto& [what, payload] : packed_kinds()) {
    SCOPED_TRACE(what);
    Unpacks bench(true);
    ASSERT_EQ(bench.start(), ESP_OK);
    const int takings = bench.chip.takings;
    bench.chip.heap = 0;
    EXPECT_EQ(bench.install(Bytes(payload).first(payload.size() / 2)), "size_mismatch");
    EXPECT_EQ(bench.install(payload), "ok");
    EXPECT_EQ(bench.chip.takings, takings);
  }
}

TEST(Memory, ThatIsMissingIsARefusalBeforeAnyErase) {
  for (const auto& [what, payload] : packed_kinds()) {
    SCOPED_TRACE(what);
    Unpacks bench(false);
    ASSERT_EQ(bench.start(), ESP_OK);
    const std::uint64_t before = bench.chip.flash().operations();
    bench.chip.heap = 1000;
    EXPECT_EQ(bench.install(payload), "no_memory");
    EXPECT_EQ(bench.chip.flash().operations(), before);
    EXPECT_THAT(bench.chip.log, Contains(AllOf(HasSubstr("refused: no_memory: There is too little"),
                                               HasSubstr("reserve_memory. (1000, "))));
    bench.chip.heap = 1 << 20;
    EXPECT_EQ(bench.install(payload), "ok");
  }
}

TEST(Memory, OfASmallWindowIsSmall) {
  const Image next = make_image("2.0.0", 60 * 1024);
  ServiceBench bench;
  bench.config.reserve_memory = false;
  bench.config.take_compressed = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  bench.chip.heap = codec::inflate_memory(4096);
  EXPECT_EQ(bench.install(samples::deflated(next, samples::Wrapping::gzip)), "no_memory");
  EXPECT_EQ(bench.install(samples::deflated_within(next, 12)), "ok");
}

struct SealedBench : ServiceBench {
  SealedBench() {
    const crypto::Secret<32> key = golden::hmac_key();
    chip.hmac_keys[3] = {key.reveal().begin(), key.reveal().end()};
  }
  void use_rsa(const Image& der) {
    rsa = der;
    config.seal_rsa_key = reinterpret_cast<const std::uint8_t*>(rsa.data());
    config.seal_rsa_key_size = rsa.size();
  }
  Image rsa;
};

TEST(Sealed, ImagesAreOpenedWithTheProductsKeys) {
  const Image next = make_image("2.0.0", 40 * 1024);
  for (const auto scheme : {format::Seal::rsa, format::Seal::ecies}) {
    SealedBench bench;
    bench.use_rsa(golden::rsa_key());
    bench.config.seal_hmac_key = 3;
    ASSERT_EQ(bench.start(), ESP_OK);
    EXPECT_EQ(install(bench, golden::sealed(next, scheme)), "ok");
    ASSERT_TRUE(bench.power_on());
    EXPECT_EQ(bench.chip.running(), "2.0.0");
  }
}

TEST(Sealed, TheStatusTellsWhichCanBeOpened) {
  for (const bool rsa : {false, true}) {
    for (const bool ecies : {false, true}) {
      SealedBench bench;
      if (rsa) bench.use_rsa(golden::rsa_key());
      if (ecies) bench.config.seal_hmac_key = 3;
      ASSERT_EQ(bench.start(), ESP_OK);
      Status status;
      bench.service->fill(status);
      EXPECT_EQ(status.sealed, rsa ? (ecies ? "both" : "rsa") : ecies ? "ecies" : "none");
    }
  }
}

// The container is larger than the slot by its head.
TEST(Sealed, AnImageMayFillTheSlot) {
  SealedBench bench;
  bench.use_rsa(golden::rsa_key());
  bench.config.raw_port = free_port();
  ASSERT_EQ(bench.start(), ESP_OK);
  Status status;
  bench.service->fill(status);
  const Image sealed = golden::sealed(make_image("2.0.0", status.slot_bytes), format::Seal::rsa);
  ASSERT_EQ(sealed.size(), status.slot_bytes + format::kSealedHeaderBytes);
  auto sender = std::async(std::launch::async, [&] { push(bench.config.raw_port, sealed); });
  EXPECT_TRUE(bench.ends_with("ok"));
}

TEST(Sealed, ImagesForAnotherKeyCostNothing) {
  SealedBench bench;
  bench.use_rsa(golden::other_rsa_key());
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint64_t before = bench.chip.flash().operations();
  for (const auto scheme : {format::Seal::rsa, format::Seal::ecies}) {
    EXPECT_EQ(install(bench, golden::sealed(make_image("2.0.0"), scheme)), "wrong_key");
  }
  EXPECT_EQ(bench.chip.flash().operations(), before);
}

TEST(Sealed, WhatIsNoKeyStopsTheStart) {
  SealedBench bench;
  bench.use_rsa(Image(100, std::byte{0x30}));
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
  bench.use_rsa(golden::rsa_key());
  bench.config.seal_hmac_key = 6;
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG) << "there are six blocks";
  bench.config.seal_hmac_key = 2;
  EXPECT_EQ(bench.start(), ESP_FAIL) << "nothing is burned there";
  bench.config.seal_hmac_key = 3;
  EXPECT_EQ(bench.start(), ESP_OK);
  bench.chip.heap = 0;
  EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
}

TEST(Unpacking, CostsWhatItsHelpSays) {
  EXPECT_LE(std::max(sizeof(pipeline::PatchStage), sizeof(pipeline::EspPatchStage)), 34u * 1024);
}

}  // namespace
}  // namespace updraft::esp_idf

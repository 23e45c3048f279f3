#include "ports/esp_idf/memory_store.hpp"

#include <gtest/gtest.h>

#include "tests/esp_idf/app.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::esp_idf {
namespace {

const Image kFirst = make_image("1.0.0");
const Image kNext = make_image("2.0.0");

// Installs the next image, which then crashes: the old one runs again.
void lose_a_trial(FakeChip& chip) {
  ASSERT_EQ(App().push(kNext), "ok");
  ASSERT_TRUE(chip.power_on());
  chip.reset_reason = ESP_RST_PANIC;
  ASSERT_TRUE(chip.power_on());
  ASSERT_EQ(chip.running(), "1.0.0");
  (void)App();  // looks at what happened
}

Result<> remember_failed(Journal& journal, const crypto::Sha256Digest& image) {
  return journal.remember({image, RolledBack::failed}, ImageName{});
}

// Puts another image into the slot, so that only the journal remembers the first one.
void forget_the_slot() { ASSERT_NE(App().push(make_image("3.0.0", 8 * 1024)), "busy"); }

TEST(Memory, IsThePartitionWhereThereIsOne) {
  FakeChip chip(kTwoSlots, kFirst);
  lose_a_trial(chip);
  forget_the_slot();
  EXPECT_EQ(chip.nvs.keys("updraft"), 0u);
  EXPECT_EQ(App().push(kNext), "known_bad");
}

TEST(Memory, IsNvsWhereThereIsNone) {
  FakeChip chip(kWithoutPartition, kFirst);
  lose_a_trial(chip);
  forget_the_slot();
  EXPECT_GT(chip.nvs.keys("updraft"), 0u);
  EXPECT_LT(chip.nvs.keys("updraft"), 8u) << "a record is a blob";
  EXPECT_EQ(App().push(kNext), "known_bad");
}

TEST(Memory, ADeviceWithoutOneUpdatesAllTheSame) {
  FakeChip chip(kWithoutPartition, kFirst);
  chip.nvs_ready = false;
  App app;
  EXPECT_EQ(app.memory.memory(), nullptr);
  EXPECT_EQ(app.push(kNext), "ok");
}

TEST(Memory, NvsThatIsFullStopsNoUpdate) {
  for (const std::size_t room : {0, 1, 2}) {  // blobs
    FakeChip chip(kWithoutPartition, kFirst);
    const std::uint8_t product = chip.nvs.name_space("product");
    const auto key = [](std::size_t i) { return "k" + std::to_string(i); };
    for (std::size_t i = 0; chip.nvs.set_number(product, key(i), 7) == ESP_OK; ++i) continue;
    for (std::size_t i = 0; i < 4 * room + (room > 0 ? 1 : 0); ++i) {
      ASSERT_EQ(chip.nvs.erase(product, key(i)), ESP_OK);
    }
    EXPECT_EQ(App().push(kNext), "ok") << room;
    ASSERT_TRUE(chip.power_on());
    EXPECT_EQ(chip.running(), "2.0.0");
    EXPECT_TRUE(App().updater.confirm()) << room;
  }
}

// What a product keeps beside us, and writes as long as it lives.
struct Product {
  explicit Product(FakeNvs& store) : nvs(store), space(store.name_space("product")) {}
  bool write(std::uint32_t round) {
    const FakeNvs::Value blob(100, static_cast<std::byte>(round));
    for (const char* key : {"count", "level", "since"}) {
      if (nvs.set_number(space, key, round) != ESP_OK) return false;
    }
    return nvs.set_blob(space, "state", blob) == ESP_OK && *nvs.find(space, "state") == blob;
  }
  FakeNvs& nvs;
  std::uint8_t space;
};

// Each of them confirmed; every tenth loses its trial first, and is refused when it comes again.
TEST(Memory, InNvsLeavesRoomForTheProductThroughAThousandUpdates) {
  for (const std::size_t pages : {5u, 4u, 3u}) {
    FakeChip chip(kWithoutPartition, make_image("first", 4 * 1024));
    chip.nvs = FakeNvs(pages);
    Product product(chip.nvs);
    ASSERT_TRUE(product.write(0));
    for (std::uint32_t round = 1; round <= 1'000; ++round) {
      SCOPED_TRACE("update " + std::to_string(round) + " with " + std::to_string(pages) + " pages");
      const Image image = sim::make_image({.version = std::to_string(round), .size = 4 * 1024});
      ASSERT_EQ(App().push(image), "ok");
      ASSERT_TRUE(chip.power_on());
      if (round % 10 == 0) {
        chip.reset_reason = ESP_RST_PANIC;
        ASSERT_TRUE(chip.power_on());
        ASSERT_EQ(App().push(image), "known_bad");
      } else {
        ASSERT_TRUE(App().updater.confirm());
      }
      ASSERT_TRUE(product.write(round));
    }
    EXPECT_LE(chip.nvs.most_entries("updraft"), 200u);
    EXPECT_GT(chip.nvs.most_entries("updraft"), 128u) << "it went through compactions";
  }
}

// How many bytes of an update have to be sent once it was cut off at `cut`.
std::size_t sent_after_a_cut(const char* table, const Image& image, std::size_t cut) {
  FakeChip chip(table, kFirst);
  Policy policy;
  policy.allow_unsigned(kWs);
  const Offer offer{.scheme = kWs, .size = image.size()};
  constexpr std::size_t kChunk = 8192;
  const auto start = [&](App& app) { EXPECT_TRUE(app.updater.begin(offer)); };
  {
    App app(kWs);
    start(app);
    for (Bytes rest = Bytes(image).first(cut); !rest.empty();
         rest = rest.subspan(at_most(rest, kChunk).size())) {
      EXPECT_TRUE(app.updater.write(at_most(rest, kChunk)));
    }
  }
  EXPECT_TRUE(chip.power_on());
  App app(kWs);
  start(app);
  std::size_t sent = 0;
  for (std::size_t at = 0; at < image.size();) {
    const Bytes chunk = at_most(Bytes(image).subspan(at), kChunk);
    EXPECT_TRUE(app.updater.write(chunk));
    at += chunk.size();
    sent += chunk.size();
    if (at < image.size()) at = static_cast<std::size_t>(app.updater.resume_at(at).value_or(at));
  }
  EXPECT_TRUE(app.updater.finish());
  EXPECT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "2.0.0");
  return sent;
}

TEST(Memory, OfSixSectorsLetsAnUpdateGoOnAfterACut) {
  const Image image = make_image("2.0.0", 180 * 1024);
  EXPECT_LT(sent_after_a_cut(kLedgers, image, 160 * 1024), 64u * 1024);
  EXPECT_EQ(sent_after_a_cut(kTwoSlots, image, 160 * 1024), image.size()) << "of two it does not";
}

TEST(Memory, OfSixSectorsIsEnoughForTheSlotsOfTheExamples) {
  Image cells(6 * kFlashSector, std::byte{0xFF});
  sim::VirtualClock clock;
  sim::NorFlash flash(cells, clock);
  UpdateMemory memory(flash);
  Image scratch(kFlashSector);
  for (const std::uint8_t slot : std::array<std::uint8_t, 2>{0, 1}) {
    memory.ledger().open(slot, 0x1E0000, scratch);
    EXPECT_NE(memory.ledger().state(), pipeline::SlotLedger::State::absent);
  }
}

TEST(NvsSectors, ReadAsBlankFlashAndProgramLikeIt) {
  FakeChip chip(kWithoutPartition, kFirst);
  NvsSectors sectors;
  ASSERT_TRUE(sectors.open());
  std::array<std::byte, 200> bytes;
  ASSERT_TRUE(sectors.read(30, bytes));
  EXPECT_TRUE(std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0xFF}; }));
  constexpr std::array<std::byte, 3> kData = {std::byte{0xF0}, std::byte{0x0F}, std::byte{0}};
  ASSERT_TRUE(sectors.program(63, kData));  // over the border of two blobs
  ASSERT_TRUE(sectors.program(63, std::array{std::byte{0x3C}}));
  ASSERT_TRUE(sectors.read(62, MutableBytes(bytes).first(4)));
  EXPECT_EQ(bytes[0], std::byte{0xFF});
  EXPECT_EQ(bytes[1], std::byte{0x30}) << "bits are only cleared";
  EXPECT_EQ(bytes[2], std::byte{0x0F});
  EXPECT_EQ(bytes[3], std::byte{0});
  ASSERT_TRUE(sectors.erase(0, kFlashSector));
  EXPECT_EQ(chip.nvs.keys("updraft"), 0u);
  EXPECT_FALSE(sectors.program(2 * kFlashSector - 1, kData)) << "outside";
}

// Cut at every change of NVS, over two compactions: every record that was reported as written can
// be read afterwards.
TEST(NvsSectors, KeepWhatTheyTookThroughEveryPowerCut) {
  const auto image = [](int i) {
    crypto::Sha256Digest digest{};
    digest[0] = static_cast<std::byte>(i % 5);
    return digest;
  };
  const std::uint64_t step = sweep_step(5);
  FakeChip chip(kWithoutPartition, kFirst);
  for (const bool after : {false, true}) {
    for (std::uint64_t cut = sweep_start(step);; cut += step) {
      SCOPED_TRACE(std::to_string(cut) + (after ? " after" : " before"));
      chip.nvs = FakeNvs();
      chip.nvs_cut = cut;
      chip.nvs_cut_after = after;
      int taken = 0;
      {
        NvsSectors sectors;
        ASSERT_TRUE(sectors.open());
        Journal journal(sectors, kNvsJournal);
        if (journal.open()) {
          while (taken < 130 && remember_failed(journal, image(taken))) ++taken;
        }
      }
      const bool whole = chip.flash().powered();
      chip.nvs_cut = UINT64_MAX;
      ASSERT_TRUE(whole || chip.power_on());
      NvsSectors sectors;
      ASSERT_TRUE(sectors.open());
      Journal journal(sectors, kNvsJournal);
      ASSERT_TRUE(journal.open());
      for (int i = std::max(0, taken - 5); i < taken; ++i)
        ASSERT_TRUE(journal.remembered(image(i)));
      ASSERT_TRUE(remember_failed(journal, image(4))) << "and it goes on";
      if (whole) {
        EXPECT_GT(cut, 200u);
        break;
      }
    }
  }
}

TEST(NvsSectors, CarryAJournalThroughManyCompactions) {
  FakeChip chip(kWithoutPartition, kFirst);
  NvsSectors sectors;
  ASSERT_TRUE(sectors.open());
  Journal journal(sectors, kNvsJournal);
  ASSERT_TRUE(journal.open());
  for (int i = 0; i < 300; ++i) {
    crypto::Sha256Digest image{};
    image[0] = static_cast<std::byte>(i % 5);
    ASSERT_TRUE(remember_failed(journal, image)) << i;
    ASSERT_TRUE(journal.remembered(image));
  }
  EXPECT_LE(chip.nvs.keys("updraft"), kNvsJournal.places);
}

}  // namespace
}  // namespace updraft::esp_idf

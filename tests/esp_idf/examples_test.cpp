// The partition tables that the examples ship: what Updraft needs is in them.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "engine/format/partition_csv.hpp"
#include "ports/esp_idf/memory_store.hpp"

namespace updraft::esp_idf {
namespace {

TEST(Examples, TheRescueAppHasItsPlaceAndAMemory) {
  std::ostringstream csv;
  csv << std::ifstream(UPDRAFT_SOURCE_DIR "/examples/esp-idf/rescue/partitions.csv").rdbuf();
  const auto table = format::parse_partition_csv(csv.str(), {.flash_size = 4u << 20});
  ASSERT_TRUE(table) << table.error().why;
  EXPECT_EQ(table->application_ota_slots(), 1u);
  const format::Partition* rescue = table->find("rescue");
  ASSERT_NE(rescue, nullptr);
  EXPECT_EQ(rescue->subtype, format::kAppFactory);
  EXPECT_GE(rescue->size, 0xD0000u);
  EXPECT_GE(table->find(kJournalPartition)->size, 8 * kFlashSector);
}

TEST(Examples, HaveTwoEqualSlotsAndAMemoryOnFourMegabytes) {
  std::size_t seen = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(UPDRAFT_SOURCE_DIR "/examples/esp-idf")) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().string());
    ++seen;
    std::ostringstream csv;
    csv << std::ifstream(entry.path() / "partitions.csv").rdbuf();
    const auto table = format::parse_partition_csv(csv.str());
    ASSERT_TRUE(table) << table.error().why;
    ASSERT_NE(table->ota_slot(0), nullptr);
    if (entry.path().filename() == "rescue") continue;  // below
    ASSERT_NE(table->ota_slot(1), nullptr);
    EXPECT_EQ(table->ota_slot(0)->size, table->ota_slot(1)->size);
    const format::Partition* memory = table->find(kJournalPartition);
    ASSERT_NE(memory, nullptr);
    EXPECT_GE(memory->size, 6 * kFlashSector) << "an update goes on after a cut";
    for (const format::Partition& one : table->entries()) {
      EXPECT_LE(one.offset + one.size, 4u << 20) << one.label.view();
    }
    EXPECT_TRUE(std::filesystem::exists(entry.path() / "README.md"));
    EXPECT_TRUE(std::filesystem::exists(entry.path() / "sdkconfig.defaults"));
  }
  EXPECT_GE(seen, 5u);
}

}  // namespace
}  // namespace updraft::esp_idf

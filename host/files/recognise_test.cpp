// Every kind of file by a sample, the same ones that the update page is tried with.
#include "host/files/recognise.hpp"

#include <set>

#include <gtest/gtest.h>

#include "sim/demo_image.hpp"
#include "tests/golden/sample_files.hpp"

namespace updraft::files {
namespace {

const char* const kSamples = UPDRAFT_SOURCE_DIR "/tests/golden/files.tsv";

TEST(Recognise, EverySample) {
  for (const golden::SampleFile& file : golden::sample_files(kSamples)) {
    EXPECT_EQ(row(recognise(file.bytes)).word, file.kind) << file.name;
  }
}

TEST(Recognise, ThereIsASampleOfEveryKind) {
  std::set<std::string> sampled;
  for (const golden::SampleFile& file : golden::sample_files(kSamples)) sampled.insert(file.kind);
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Kind::unknown); ++i) {
    const KindRow& kind = row(static_cast<Kind>(i));
    EXPECT_TRUE(sampled.contains(std::string(kind.word)) || kind.word == "updraft_memory" ||
                kind.word == "efuse_dump")
        << kind.word;
  }
}

TEST(Recognise, EveryKindHasATitleAndANextStep) {
  std::set<std::string_view> titles;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Kind::unknown); ++i) {
    const KindRow& kind = row(static_cast<Kind>(i));
    EXPECT_TRUE(titles.insert(kind.title).second) << kind.title;
    EXPECT_EQ(kind.next.back(), '.') << kind.next;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(kind.next.front())) ||
                kind.next.starts_with("updraft"))
        << kind.next;
  }
}

// Wherever a sample is cut, it is something, and nothing is read past its end.
TEST(Recognise, CutAnywhere) {
  for (const golden::SampleFile& file : golden::sample_files(kSamples)) {
    for (std::size_t size = 0; size < std::min<std::size_t>(file.bytes.size(), 600); ++size) {
      const std::vector<std::byte> cut(file.bytes.begin(),
                                       file.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(row(recognise(cut)).title.empty());
    }
  }
}

TEST(Recognise, AnAppIsOneWhateverItHolds) {
  auto image = sim::make_image({.size = 256 * 1024});
  const golden::SampleFile table{"", "", golden::SampleMaker().make("table:e000,10000")};
  std::copy(table.bytes.begin(), table.bytes.end(), image.begin() + 0x8000);
  EXPECT_EQ(recognise(image), Kind::app);
}

}  // namespace
}  // namespace updraft::files

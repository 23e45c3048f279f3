#include "protocols/bundle/bundle_metadata.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/bundle/bundle_samples.hpp"

namespace updraft::link {
namespace {

class BundleMetadataTest : public testing::Test {
 protected:
  std::string read(std::string_view text, std::size_t step = 100) {
    metadata.reset();
    while (!text.empty()) {
      const auto part = text.substr(0, step);
      if (const auto pushed = metadata.push(as_bytes(part)); !pushed) return code(pushed);
      text.remove_prefix(part.size());
    }
    return code(metadata.finish());
  }
  static std::string code(const Result<>& result) { return word(result); }
  std::vector<std::byte> memory = std::vector<std::byte>(kBundleMetaBytes);
  BundleList files{memory};
  BundleMetadata metadata{files};
};

TEST_F(BundleMetadataTest, ReadsWhatTheOriginalSends) {
  const auto bundle = samples::bundle_of(samples::usual_files());
  for (const std::size_t step : {1u, 7u, 4096u}) {
    ASSERT_EQ(read(bundle.metadata, step), "ok");
    EXPECT_EQ(metadata.compressed_size(), bundle.stream.size());
    EXPECT_EQ(files.count(), 5u);
    EXPECT_EQ(files.total(), 20'021u);
    for (const samples::File& file : samples::usual_files()) {
      const auto entry = files.next();
      EXPECT_EQ(entry->path, file.path);
      EXPECT_EQ(entry->size, file.content.size());
    }
    EXPECT_EQ(files.next(), std::nullopt);
  }
}

TEST_F(BundleMetadataTest, JudgesEachMember) {
  const struct {
    const char* text;
    const char* code;
  } rows[] = {
      {R"({"files":[{"size":1,"path":"a"}],"total_uncompressed":1,"compressed_size":3})", "ok"},
      {R"({"x":[{"path":1}],"y":{"size":{}},"files":[{"size":1,"z":[1],"path":"a"}],)"
       R"("total_uncompressed":1,"compressed_size":3})",
       "ok"},
      {R"({"compressed_size":3,"total_uncompressed":0,"files":[{"path":"a","size":0}]})", "ok"},
      {R"({"compressed_size":3,"total_uncompressed":0,"files":[]})", "protocol"},
      {R"({"compressed_size":3,"total_uncompressed":2,"files":[{"path":"a","size":1}]})",
       "protocol"},
      {R"({"total_uncompressed":1,"files":[{"path":"a","size":1}]})", "protocol"},
      {R"({"compressed_size":3,"files":[{"path":"a","size":1}]})", "protocol"},
      {R"({"compressed_size":3,"total_uncompressed":1})", "protocol"},
      {R"({"compressed_size":3,"total_uncompressed":1,"files":[{"path":"a"}]})", "protocol"},
      {R"({"compressed_size":3,"total_uncompressed":1,"files":[{"size":1}]})", "protocol"},
      {R"({"compressed_size":-3,"total_uncompressed":1,"files":[{"path":"a","size":1}]})",
       "protocol"},
      {R"({"compressed_size":3,"total_uncompressed":-1,"files":[{"path":"a","size":-1}]})",
       "protocol"},
      {R"({"compressed_size":"3","total_uncompressed":1,"files":[{"path":"a","size":1}]})",
       "protocol"},
      {R"({"compressed_size":3.0,"total_uncompressed":1,"files":[{"path":"a","size":1}]})",
       "protocol"},
      {R"({"compressed_size":[3],"total_uncompressed":1,"files":[{"path":"a","size":1}]})",
       "protocol"},
      {R"({"compressed_size":3,"total_uncompressed":1,"files":{"path":"a","size":1}})", "protocol"},
      {R"({"compressed_size":3,"total_uncompressed":1,"files":["a"]})", "protocol"},
      {R"({"compressed_size":3,"total_uncompressed":1,"files":[["a"]]})", "protocol"},
      {R"({"compressed_size":3,"total_uncompressed":1,"files":null})", "protocol"},
      {R"({"compressed_size":3,"compressed_size":3,"total_uncompressed":1,"files":[]})",
       "protocol"},
      {R"({"files":[{"path":"a","path":"b","size":1}]})", "protocol"},
      {R"({"files":[{"path":"a","size":1,"size":1}]})", "protocol"},
      {R"({"files":[{"path":"a","size":1}],"files":[]})", "protocol"},
      {R"({"files":[{"path":7,"size":1}]})", "protocol"},
      {R"({"files":[{"path":"a","size":99999999999999999}]})", "protocol"},
      {R"({"files":[{"path":"a","size":1},{"path":"A","size":1}]})", "bad_path"},
      {R"({"files":[{"path":"a","size":1},{"path":"a/b","size":1}]})", "bad_path"},
      {R"({"files":[{"path":"../a","size":1}]})", "bad_path"},
      {R"({"files":[{"path":"a\u0000b","size":1}]})", "bad_path"},
      {R"({"files":[{"path":"a\u002fb\\c","size":1}]})", "bad_path"},
      {"[]", "protocol"},
      {"7", "protocol"},
      {"{}", "protocol"},
      {"", "protocol"},
      {"{\"files\":", "protocol"}};
  for (const auto& row : rows) {
    EXPECT_EQ(read(row.text), row.code) << row.text;
    EXPECT_EQ(read(row.text, 1), row.code) << row.text;
  }
}

TEST_F(BundleMetadataTest, KeepsItsLimits) {
  std::vector<samples::File> many;
  for (std::size_t i = 0; i < kBundleFiles; ++i) many.push_back({"f" + std::to_string(i), ""});
  EXPECT_EQ(read(samples::metadata_of(many, 2)), "ok");
  many.push_back({"one-more", ""});
  EXPECT_EQ(read(samples::metadata_of(many, 2)), "too_big");
  EXPECT_EQ(read(samples::metadata_of({{std::string(255, 'p'), ""}}, 2)), "ok");
  EXPECT_EQ(read(samples::metadata_of({{std::string(256, 'p'), ""}}, 2)), "bad_path");
  EXPECT_EQ(read(samples::metadata_of({{std::string(300, 'p'), ""}}, 2)), "bad_path");
}

TEST(BundleList, FitsIntoTheMemoryItIsGiven) {
  std::array<std::byte, 25> memory;
  BundleList files(memory);
  EXPECT_TRUE(files.add("abc", 1));
  EXPECT_TRUE(files.add("dddd", UINT64_C(1) << 40));
  EXPECT_EQ(files.add("e", 1).error().reason, Reason::bundle_list);
  EXPECT_EQ(files.next()->path, "abc");
  EXPECT_EQ(files.next()->size, UINT64_C(1) << 40);
}

}  // namespace
}  // namespace updraft::link

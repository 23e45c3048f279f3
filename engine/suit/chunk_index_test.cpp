// The page arithmetic of spec/suit.md section 12: 600,000 bytes of A5.
#include "engine/suit/chunk_index.hpp"

#include <gtest/gtest.h>

#include "engine/crypto/digest.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::suit {
namespace {

class ChunkIndexTest : public testing::Test {
 protected:
  ChunkIndexTest() : transfer_(600'000, std::byte{0xA5}) {
    for (std::size_t at = 0; at < transfer_.size(); at += kChunkBytes) {
      const auto leaf = crypto::sha256(at_most(Bytes(transfer_).subspan(at), kChunkBytes));
      index_.insert(index_.end(), leaf.begin(), leaf.end());
    }
  }
  Bytes page(std::size_t number) const {
    return at_most(Bytes(index_).subspan(number * kPageBytes), kPageBytes);
  }
  Bytes chunk(std::size_t number) const {
    return at_most(Bytes(transfer_).subspan(number * kChunkBytes), kChunkBytes);
  }

  std::vector<std::byte> transfer_, index_;
  std::vector<std::byte> pages_ = golden::from_hex(
      "5820 1504969cd9a1a68b991826204bb7dbbfdba858933ae6cf0d0469313ed3e07222"
      "5820 28c0d6aa33e70baa20a6d695748017350663dedcd076507322ce22fd2ab9019f");
  ChunkIndex chunks_{600'000, pages_};
};

TEST_F(ChunkIndexTest, CountsAsTheSpecificationDoes) {
  EXPECT_EQ(chunks_.chunks(), 147u);
  EXPECT_EQ(chunks_.bytes(), 4704u);
  EXPECT_EQ(index_.size(), 4704u);
  EXPECT_EQ(chunks_.pages(), 2u);
  EXPECT_TRUE(chunks_.complete());
  EXPECT_EQ(chunks_.chunk_bytes(146), 1984u);
  EXPECT_EQ(chunks_.page_bytes(1), 608u);
  EXPECT_FALSE(ChunkIndex(524'288, pages_).complete()) << "one page does";
  EXPECT_TRUE(ChunkIndex(524'289, pages_).complete());
  EXPECT_FALSE(ChunkIndex(1'048'577, pages_).complete()) << "three are needed";
  EXPECT_FALSE(ChunkIndex(UINT64_MAX, pages_).complete());
  EXPECT_FALSE(ChunkIndex(0, {}).complete());
}

TEST_F(ChunkIndexTest, TakesEveryPartAtItsPlace) {
  for (std::size_t i = 0; i < chunks_.pages(); ++i) EXPECT_TRUE(chunks_.check_page(i, page(i)));
  for (std::size_t i = 0; i < chunks_.chunks(); ++i) {
    EXPECT_TRUE(chunks_.check_chunk(i, chunk(i), page(i / kLeavesOnPage))) << i;
  }
}

TEST_F(ChunkIndexTest, RefusesPartsThatAreNot) {
  EXPECT_EQ(chunks_.check_page(1, page(0)).error().code, Code::index_mismatch);
  EXPECT_EQ(chunks_.check_page(2, page(0)).error().code, Code::index_mismatch);
  EXPECT_EQ(chunks_.check_page(0, page(0).first(4095)).error().code, Code::index_mismatch);
  const auto code_of = [&](std::size_t number, Bytes content, Bytes leaves) {
    return chunks_.check_chunk(number, content, leaves).error().code;
  };
  EXPECT_EQ(code_of(146, chunk(0), page(1)), Code::chunk_mismatch);
  EXPECT_EQ(code_of(147, chunk(146), page(1)), Code::chunk_mismatch);
  EXPECT_EQ(code_of(0, chunk(0).first(4095), page(0)), Code::chunk_mismatch);
  EXPECT_EQ(code_of(146, chunk(146), page(1).first(32)), Code::chunk_mismatch);
}

}  // namespace
}  // namespace updraft::suit

// Both ends of the package protocol joined on virtual time: what goes in comes out, and what is
// lost on the way is fetched again or ends in an error, never in a wrong image.
#include <random>
#include <tuple>

#include <gtest/gtest.h>

#include "protocols/req/req_client.hpp"
#include "protocols/req/req_samples.hpp"
#include "protocols/req/req_server.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/pipe.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

struct Ends {
  explicit Ends(std::size_t size) : file(samples::image(size)) { intake.image_size = size; }
  std::vector<std::byte> file;
  fakes::FakeIntake intake;
  MemorySource source{file};
  ReqServer server{source};
  ReqClient client{intake, {.slot_size = 256 * 1024}};
};

class ReqTransfer : public testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {};

TEST_P(ReqTransfer, BringsEveryByte) {
  const auto& [size, chunk] = GetParam();
  Ends ends(size);
  EXPECT_EQ(Pipe(ends.server, ends.client, chunk).run(), 0ms) << "the client closes immediately";
  EXPECT_TRUE(ends.client.outcome());
  EXPECT_TRUE(ends.server.outcome());
  EXPECT_EQ(ends.server.sent(), size);
  EXPECT_EQ(ends.client.received(), size);
  EXPECT_EQ(ends.intake.last_bytes, ends.file);
  EXPECT_EQ(ends.intake.misuse, "");
}

INSTANTIATE_TEST_SUITE_P(Sizes, ReqTransfer,
                         testing::Combine(testing::Values<std::size_t>(1, 511, 512, 513, 1024, 8000,
                                                                       100'003),
                                          testing::Values<std::size_t>(1, 7, 8, 512, 545, 65'536)),
                         [](const auto& row) {
                           return std::to_string(std::get<0>(row.param)) + "_in_pieces_of_" +
                                  std::to_string(std::get<1>(row.param));
                         });

// Loses single bytes of packages, and whole writes of either side, about one write in so many.
class Loss {
 public:
  Loss(unsigned seed, unsigned bytes, unsigned writes)
      : random_(seed), bytes_(bytes), writes_(writes) {}
  std::size_t operator()(MutableBytes write) {
    if (writes_ != 0 && random_() % writes_ == 0) return 0;
    if (bytes_ == 0 || random_() % bytes_ != 0 || write.size() == kReqBytes) return write.size();
    const auto hole = write.begin() + static_cast<std::ptrdiff_t>(random_() % write.size());
    std::copy(hole + 1, write.end(), hole);
    return write.size() - 1;
  }

 private:
  std::mt19937 random_;
  unsigned bytes_, writes_;
};

TEST(ReqLoss, IsRepairedOrEndsTheConnectionButNeverGoesUnseen) {
  std::size_t whole = 0, repaired = 0;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Ends ends(8000);
    Pipe pipe(ends.server, ends.client, 4096);
    pipe.on_the_way = Loss(seed, 4 + seed % 60, seed % 3 == 0 ? 40 : 0);
    const Millis took = pipe.run();
    ASSERT_EQ(ends.client.phase(), Phase::closed);
    ASSERT_EQ(ends.server.phase(), Phase::closed);
    ASSERT_EQ(ends.intake.misuse, "");
    ASSERT_FALSE(ends.intake.in_session);
    if (!ends.client.outcome()) continue;
    ASSERT_EQ(ends.intake.last_bytes, ends.file);
    ++whole;
    repaired += took > 0ms ? 1 : 0;
  }
  EXPECT_GT(repaired, 200u);
  EXPECT_LT(whole, 2000u);
}

// The file is cut at every byte of the wire: never a success, and the next connection brings it.
TEST(ReqCut, AtEveryByteIsNoSuccess) {
  const auto file = samples::image(1500);
  std::string wire;
  for (const std::string& package : samples::req_packages(file)) wire += package;
  for (std::size_t cut = 0; cut < wire.size(); ++cut) {
    Ends ends(1500);
    std::size_t left = cut;
    ends.client.on_connected({});
    for (const std::string& package : samples::req_packages(file)) {
      const std::size_t size = std::min(left, package.size());
      ends.client.on_bytes(as_bytes(package).first(size), {});
      left -= size;
    }
    ends.client.on_lost({});
    ASSERT_FALSE(ends.client.outcome()) << "cut at " << cut;
    ASSERT_FALSE(ends.intake.in_session);
    ASSERT_EQ(ends.intake.misuse, "");
  }
}

}  // namespace
}  // namespace updraft::link

// The page's example (spec/protocols/native.md 2.2): byte for byte, in pieces, and cut at every
// byte.
#include <gtest/gtest.h>

#include "protocols/native/native_bench.hpp"
#include "tests/golden/suit_vectors.hpp"

namespace updraft::link {
namespace {

constexpr const char* kJson = "Content-Type: application/json\r\nContent-Length: ";

// `p02-detached` of the vectors into a device whose idle slot holds its first chunk already
// (spec/protocols/native.md 2.2).
class NativeExample : public testing::Test, protected NativeBench {
 protected:
  void SetUp() override {
    fresh();
    const std::string id = "/updraft/v1/session/9f3c52d07be11a64";
    steps = {{request("POST /updraft/v1/session", head, true),
              R"({"session":"9f3c52d07be11a64","received":0,"total":8528,)"
              R"("need":[{"part":0,"page":0}],"more":false})"},
             {request("PUT " + id + "/0/page/0", index, true),
              R"({"session":"9f3c52d07be11a64","received":4096,"total":8528,)"
              R"("need":[{"part":0,"from":4096,"to":8528}],"more":false})"},
             {request("PUT " + id + "/0/data?from=4096", Bytes(image).subspan(4096), true),
              R"({"session":"9f3c52d07be11a64","received":8528,"total":8528,)"
              R"("need":[],"more":false})"},
             {request("POST " + id + "/apply?restart=1"),
              R"({"result":"ok","slot":"ota_1","version":"1.3.0","digest":"818e8b2dfcf5bcc7",)"
              R"("trust":"signed","restart_ms":500})"}};
  }
  void fresh() {
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0xFF});
    std::copy_n(image.begin(), 4096, boot.slots[1].bytes.begin());
    signing_flash.bytes.assign(signing_flash.bytes.size(), std::byte{0xFF});
    memory_flash.bytes.assign(memory_flash.bytes.size(), std::byte{0xFF});
    power_on(golden::suit_file("k01-keyset-1.hex"));
  }

  struct Step {
    std::string said, answer;
  };
  std::vector<Step> steps;
  Buffer head = golden::suit_file("p02-detached.hex");
  Buffer index = golden::suit_file("demo-1.3.0.ix"), image = golden::suit_file("demo-1.3.0.bin");
};

TEST_F(NativeExample, IsAnsweredByteForByte) {
  for (const std::size_t step : {std::size_t{1'000'000}, std::size_t{1}, std::size_t{7}}) {
    SCOPED_TRACE(step);
    fresh();
    NativeDevice device(*shared);
    device.on_connected(now);
    for (const Step& one : steps) {
      const bool created = one.said.starts_with("POST /updraft/v1/session H");
      const bool last = &one == &steps.back();
      std::string said;
      for (Bytes rest = as_bytes(one.said); !rest.empty();
           rest = rest.subspan(std::min(step, rest.size()))) {
        device.on_bytes(at_most(rest, step), now);
        said += said_by(device);
      }
      EXPECT_EQ(said, std::string("HTTP/1.1 ") + (created ? "201 Created" : "200 OK") + "\r\n" +
                          kJson + std::to_string(one.answer.size()) + "\r\n" +
                          (last ? "Connection: close\r\n" : "") + "\r\n" + one.answer);
    }
    EXPECT_EQ(device.phase(), Phase::closed);
    EXPECT_EQ(device.wish(), NativeWish::restart);
    EXPECT_EQ(boot.selected, 1);
    EXPECT_TRUE(holds(image));
  }
}

// After each cut a new POST of the same head comes to its end, with at most one chunk sent twice.
TEST_F(NativeExample, CutAtEveryByteGoesOn) {
  const host::PackageParts parts{head, index, image};
  NativePush whole(package_of(parts), false);
  ASSERT_EQ(word(talk(whole)), "ok");
  const std::uint64_t needed = whole.data_bytes();
  const std::uint64_t length = to_device;
  EXPECT_EQ(needed, image.size() - 4096);
  for (const bool off : {false, true}) {  // whether the device loses its power as well
    for (std::uint64_t cut = 1; cut < length; cut += 1 + cut / 200 * 3) {
      SCOPED_TRACE(testing::Message() << "cut after " << cut << (off ? ", power off" : ""));
      fresh();
      NativePush push(package_of(parts), false);
      const Result<> cut_off = talk(push, cut);
      if (cut_off) break;  // all that mattered had arrived
      if (off) power_on();
      if (boot.selected) continue;  // the answer was lost, the update was not
      ASSERT_EQ(word(talk(push)), "ok");
      EXPECT_LE(push.data_bytes(), needed + kNativeChunk + kSegment) << "and what was on its way";
      EXPECT_EQ(boot.selected, 1);
      EXPECT_TRUE(holds(image));
    }
  }
}

}  // namespace
}  // namespace updraft::link

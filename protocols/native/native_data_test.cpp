// Data partitions over the native push, of a whole device in memory: alone, with an app, signed and
// not, and over connections that are cut off.
#include "engine/parts/test_part_device.hpp"
#include "engine/signing/test_signed_bench.hpp"
#include "protocols/native/test_native_ends.hpp"

namespace updraft::link {
namespace {

constexpr std::uint32_t kWebBytes = 40 * 1024, kResBytes = 16 * 1024;
using Brought = std::pair<std::string, Bytes>;  // a label, and its content

class NativeData : public parts::PartDevice, private NativeBoard {
 protected:
  NativeData()
      : PartDevice(parts::kThreeParts, parts::kThreePartsFlash, demo_image("1.0.0", 30 * 1024)) {
    policy = {};
    trusted.vendor = {desk.product.vendor.begin(), desk.product.vendor.end()};
    trusted.class_id = {desk.product.class_id.begin(), desk.product.class_id.end()};
    power_on();
  }
  void power_on() {
    shared.reset();
    PartDevice::power_on();
    shared.emplace(engine(), engine(), static_cast<NativeBoard&>(*this));
  }
  void hold_key_set() {
    trusted.key_set = desk.key_set(1, desk.release_key);
    power_on();
  }
  std::uint64_t sequence() {
    const auto& installed = device->signing()->installed();
    return installed ? installed->sequence : 0;
  }
  std::string running() { return std::string(device->app().image.app.version.view()); }

  // `app` empty: none.
  host::PackageParts release(std::uint64_t sequence, Bytes app, const std::vector<Brought>& data) {
    host::PackageSpec spec{.sequence = sequence};
    if (!app.empty()) spec.components.push_back({host::app_component(), desk.product, app, app});
    for (const auto& [label, bytes] : data) {
      spec.components.push_back({host::file_system_component(label), desk.product, bytes, bytes});
    }
    const Buffer blank = host::make_package(spec);
    const auto& key = desk.release_key;
    return host::parts_of(host::attach(blank, key.point(), key.sign(host::package_message(blank))),
                          "");
  }
  host::PackageParts build(std::string_view label, Bytes data) {
    return host::unsigned_data_parts(label, data, desk.product.class_id);
  }
  // One connection, cut once so many bytes went to the device->
  Result<> talk(NativeTask& task, std::uint64_t cut_after = NativeTalk::kNoCut) {
    return NativeTalk{.shared = *shared, .cut_after = cut_after}.run(task);
  }
  std::string push(const host::PackageParts& parts) {
    NativePush task(package_of(parts), false);
    const Result<> outcome = talk(task);
    answer = task.installed();
    sent = task.data_bytes();
    return word(outcome);
  }

  void describe(NativeFacts& facts) override { facts.class_id = desk.product.class_id; }
  NativeInstalled installed() override {
    if (device->updater().state() != UpdateState::installed) {
      return {.slot = Text<16>(device->app().partition.label.view()),
              .image = device->app().image,
              .is_data = true};
    }
    const Installed last = device->updater().last_installed();
    return {Text<16>(last.slot.label.view()), last.image, last.trust};
  }
  Text<16> other_slot() override { return {}; }
  Result<> arm(std::uint64_t) override { return {}; }
  std::uint64_t newest_event() override { return 0; }
  std::string_view event(std::uint64_t) override { return {}; }

  Desk& desk = Desk::shared();
  Buffer next = demo_image("2.0.0", 60 * 1024);
  Buffer web = make_littlefs(kWebBytes, 1), other_web = make_littlefs(kWebBytes, 2);
  Buffer res = Buffer(kResBytes, std::byte{0x33}), more = Buffer(9000, std::byte{0x44});
  std::optional<NativeShared> shared;
  NativeAnswer answer;
  std::uint64_t sent = 0;
};

TEST_F(NativeData, ComesUnsignedAsLongAsThereIsNoKeySet) {
  ASSERT_EQ(push(build("web", web)), "ok");
  EXPECT_EQ(answer.trust.view(), "sender");
  EXPECT_EQ(answer.version.view(), "1.0.0") << "what the next start runs";
  EXPECT_EQ(sent, web.size());
  power_on();
  EXPECT_EQ(content("web"), web);
  EXPECT_TRUE(engine().pending());
  ASSERT_TRUE(engine().confirm());
  EXPECT_EQ(sequence(), 0u);
  EXPECT_EQ(push(build("none", web)), "component_unknown");
  EXPECT_EQ(push(build("web", first)), "wrong_target");
  hold_key_set();
  EXPECT_EQ(push(build("web", other_web)), "not_armed");
  device->signing()->arm();
  EXPECT_EQ(push(build("web", other_web)), "ok");
  power_on();
  EXPECT_EQ(content("web"), other_web);
  ASSERT_TRUE(engine().confirm());
  EXPECT_EQ(sequence(), 0u) << "nobody has signed it";
}

TEST_F(NativeData, ComesSignedAloneAndCountsOnceItIsKept) {
  hold_key_set();
  ASSERT_EQ(push(release(5, {}, {{"web", web}})), "ok");
  EXPECT_EQ(answer.trust.view(), "signed");
  power_on();
  EXPECT_EQ(content("web"), web);
  EXPECT_EQ(sequence(), 0u);
  ASSERT_TRUE(engine().confirm());
  EXPECT_EQ(sequence(), 5u);
  EXPECT_EQ(push(release(4, {}, {{"web", other_web}})), "sequence_old");
}

TEST_F(NativeData, ComesWithItsAppInUpToFourParts) {
  hold_key_set();
  ASSERT_EQ(push(release(5, next, {{"web", web}})), "ok");
  EXPECT_EQ(answer.version.view(), "2.0.0");
  power_on();
  EXPECT_EQ(running(), "2.0.0");
  EXPECT_EQ(content("web"), web);
  ASSERT_TRUE(engine().confirm());
  const Buffer third = demo_image("3.0.0", 20 * 1024);
  ASSERT_EQ(push(release(6, third, {{"web", other_web}, {"res", res}, {"more", more}})), "ok");
  power_on();
  EXPECT_EQ(running(), "3.0.0");
  EXPECT_EQ(content("web"), other_web);
  EXPECT_EQ(content("res"), res);
  power_on();  // nobody confirmed it
  EXPECT_EQ(running(), "2.0.0");
  EXPECT_EQ(content("web"), web);
  EXPECT_EQ(sequence(), 5u);
}

TEST_F(NativeData, OfAnAppThatRunsAlreadyOnlyTheDataIsSent) {
  hold_key_set();
  ASSERT_EQ(push(release(5, next, {})), "ok");
  power_on();
  ASSERT_TRUE(engine().confirm());
  ASSERT_EQ(push(release(6, next, {{"web", web}})), "ok");
  EXPECT_EQ(sent, web.size());
  EXPECT_EQ(answer.version.view(), "2.0.0");
  power_on();
  EXPECT_EQ(content("web"), web);
  ASSERT_TRUE(engine().confirm());
  EXPECT_EQ(sequence(), 6u);
}

// The connection goes away after so many bytes; the next one goes on where it was.
TEST_F(NativeData, GoesOnAfterACutAnywhere) {
  hold_key_set();
  const Buffer before = cells;
  const host::PackageParts parts = release(5, next, {{"web", web}});
  std::uint64_t cuts = 0;
  for (std::uint64_t cut = 1;; cut += 997) {
    SCOPED_TRACE(cut);
    cells = before;
    power_on();
    NativePush task(package_of(parts), false);
    if (talk(task, cut)) break;
    ++cuts;
    if (device->updater().state() == UpdateState::installed) continue;  // the answer was lost
    ASSERT_EQ(word(talk(task)), "ok");
    EXPECT_LE(task.data_bytes(), next.size() + web.size() + kNativeChunk + 1460);
    power_on();
    ASSERT_EQ(running(), "2.0.0");
    ASSERT_EQ(content("web"), web);
  }
  EXPECT_GT(cuts, 90u);
}

TEST_F(NativeData, ADamagedChunkIsSentAgain) {
  hold_key_set();
  host::PackageParts parts = release(5, {}, {{"res", res}});
  parts.transfer[5000] ^= std::byte{1};
  EXPECT_EQ(push(parts), "chunk_mismatch");
  EXPECT_TRUE(shared->session.is_open());
  EXPECT_EQ(push(release(5, {}, {{"res", res}})), "ok");
  power_on();
  EXPECT_EQ(content("res"), res);
}

}  // namespace
}  // namespace updraft::link

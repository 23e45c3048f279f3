// A package whose index and image stand beside it: a link that can fetch files fetches what the
// device does not hold, and nothing else.
#include <random>

#include <gtest/gtest.h>

#include "engine/codec/deflated_samples.hpp"
#include "engine/pipeline/patch_stage.hpp"
#include "engine/signing/test_parts.hpp"
#include "host/delta/diff.hpp"
#include "tests/golden/suit_vectors.hpp"

namespace updraft {
namespace {

constexpr std::size_t kPage = suit::kPageBytes, kChunkSize = suit::kChunkBytes;

class Parts : public testing::Test, protected SignedBench {
 protected:
  Parts() { start(desk.key_set(1, desk.release_key)); }

  struct Sent {
    std::string word;
    Reason reason;
    std::size_t head, index, transfer;
  };
  Sent fetch(const PackageFiles& what, std::size_t most = SIZE_MAX) {
    FetchingLink link(*updater, most);
    const Result<> said = link.fetch(what);
    return {word(said), said ? Reason::none : said.error().reason, link.of(PackageFile::package),
            link.of(PackageFile::index), link.of(PackageFile::transfer)};
  }
  void blank_slot() {
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0xFF});
    memory_flash.bytes.assign(memory_flash.bytes.size(), std::byte{0xFF});
  }
  PackageFiles files_of(Bytes installed, Bytes transfer = {}) {
    return files_apart(desk, installed, {.sequence = 7, .transfer = transfer});
  }

  Buffer image = demo_image("2.0.0", 1300 * 1024);  // three pages of the index
  PackageFiles files = files_of(image);
};

TEST_F(Parts, ComeInTurnAndNothingIsParked) {
  const std::byte end = boot.slots[1].bytes.back();
  std::size_t runs = 0;  // bytes of chunks that stand where they stand in what runs
  for (std::size_t at = 0; at < first.size(); at += kChunkSize) {
    const auto same = [at](Bytes whole) { return whole.subspan(at, kChunkSize); };
    if (std::ranges::equal(same(first), same(image))) runs += kChunkSize;
  }
  FetchingLink link(*updater);
  EXPECT_EQ(word(link.fetch(files)), "ok");
  EXPECT_EQ(link.names, "lamp-7.ix lamp-7.bin");
  EXPECT_TRUE(holds(image));
  EXPECT_EQ(link.of(PackageFile::package), files.head.size());
  EXPECT_EQ(link.of(PackageFile::index), files.index.size());
  EXPECT_EQ(link.of(PackageFile::transfer), image.size() - runs);
  EXPECT_EQ(log.progress, files.head.size() + files.index.size() + image.size());
  EXPECT_EQ(boot.slots[1].bytes.back(), end);
  restart();
  EXPECT_EQ(word(updater->confirm()), "ok");
  EXPECT_EQ(sequence(), 7u);
}

// The power goes away after any number of bytes: at most the page that it was at, and the chunk
// that was not written yet, come twice.
TEST_F(Parts, AfterAPowerCutOnlyTheChunkThatWasUnderWayComesTwice) {
  for (const std::size_t cut : {5'000u, 20'000u, 70'000u, 300'001u, 525'000u, 540'000u, 800'000u,
                                1'060'000u, 1'200'000u, 1'330'000u}) {
    SCOPED_TRACE(cut);
    blank_slot();
    start();
    const Sent before = fetch(files, cut);
    start();
    const Sent after = fetch(files);
    EXPECT_EQ(after.word, "ok");
    EXPECT_TRUE(holds(image));
    EXPECT_LE(before.transfer + after.transfer, image.size() + kChunkSize);
    EXPECT_LE(before.index + after.index, files.index.size() + kPage);
    start();
  }
}

TEST_F(Parts, AlsoIntoASlotThatHeldAnother) {
  const Buffer old = demo_image("0.9.0", 1400 * 1024);
  std::ranges::copy(old, boot.slots[1].bytes.begin());
  const Sent before = fetch(files, 700'000);
  start();
  const Sent after = fetch(files);
  EXPECT_EQ(after.word, "ok");
  EXPECT_TRUE(holds(image));
  EXPECT_LE(before.transfer + after.transfer, image.size() + kChunkSize);
}

TEST_F(Parts, WhatTheSlotHasAllOfNeedsItsHeadAlone) {
  ASSERT_EQ(fetch(files).word, "ok");
  start();
  const Sent again = fetch(files);
  EXPECT_EQ(again.word, "ok");
  EXPECT_EQ(again.index + again.transfer, 0u);
  EXPECT_EQ(boot.selected, 1);
}

TEST_F(Parts, WhatRunsNeedsItsHeadAlone) {
  ASSERT_EQ(fetch(files).word, "ok");
  restart();
  ASSERT_TRUE(updater->confirm().has_value());
  const Sent again = fetch(files);
  EXPECT_EQ(log.ended.back(), "current");
  EXPECT_EQ(again.index + again.transfer, 0u);
}

// Of the chunks that stand where they stood in what runs, none is sent.
TEST_F(Parts, WhatRunsIsAlsoAPlaceToTakeFrom) {
  Buffer next = first;
  for (std::size_t at = next.size() - 10'000; at < next.size() - 1'000; ++at) {
    next[at] ^= std::byte{0x55};
  }
  sim::reseal_image(next);
  const Sent sent = fetch(files_of(next));
  EXPECT_EQ(sent.word, "ok");
  EXPECT_TRUE(holds(next));
  EXPECT_LE(sent.transfer, 5 * kChunkSize);
}

// Whatever stands there: only what has its digest in the index is taken for a chunk.
TEST_F(Parts, WhatRottedComesAgain) {
  (void)fetch(files, 1'000'000);
  for (const std::size_t at : {50'000u, 600'000u}) boot.slots[1].bytes[at] ^= std::byte{4};
  start();
  const Sent sent = fetch(files);
  EXPECT_EQ(sent.word, "ok");
  EXPECT_TRUE(holds(image));
  EXPECT_LT(sent.transfer, image.size() - 700'000);
}

// Compressed, and the power went away after all was written, before it was chosen.
TEST_F(Parts, ACompressedImageThatTheSlotHasIsNotSentAgain) {
  const Buffer small = demo_image("2.0.0", 200 * 1024);
  const Buffer packed = samples::deflated(small, samples::Wrapping::gzip);
  std::array<pipeline::InflateStage, 1> inflaters;
  stages.inflaters = inflaters;
  start();
  const PackageFiles gzip = files_of(small, packed);
  ASSERT_EQ(fetch(gzip).word, "ok");
  ASSERT_TRUE(holds(small));
  start();
  const Sent again = fetch(gzip);
  EXPECT_EQ(again.word, "ok");
  EXPECT_EQ(again.index + again.transfer, 0u);
  EXPECT_TRUE(holds(small));
  EXPECT_EQ(boot.selected, 1);
  boot.slots[1].bytes[100'000] ^= std::byte{1};
  start();
  EXPECT_EQ(fetch(gzip).transfer, packed.size()) << "what is not the image is no reason";
  start();
  EXPECT_EQ(fetch(gzip).word, "ok");
  EXPECT_TRUE(holds(small));
}

struct Refused {
  const char* why;
  PackageFiles files;
  const char* code;
  Reason reason = Reason::none;
  bool erases = false;
};

TEST_F(Parts, EachRefusalHasItsCode) {
  const Buffer small = demo_image("2.0.0", 100 * 1024);
  const auto changed = [&](auto change) {
    PackageFiles made = files_of(small);
    change(made);
    return made;
  };
  const Refused rows[] = {
      {"a page", changed([](auto& it) { it.index[40] ^= std::byte{1}; }), "index_mismatch"},
      {"the first chunk", changed([](auto& it) { it.transfer[40] ^= std::byte{1}; }),
       "chunk_mismatch"},
      {"a later chunk", changed([](auto& it) { it.transfer[70'000] ^= std::byte{1}; }),
       "chunk_mismatch", Reason::none, true},
      {"a key that is none", changed([&](auto& it) {
         it.head = files_apart(desk, small, {.sequence = 7, .key = &desk.next_key}).head;
       }),
       "key_unknown"},
  };
  for (const Refused& row : rows) {
    SCOPED_TRACE(row.why);
    start();
    const Sent sent = fetch(row.files);
    EXPECT_EQ(sent.word, row.code);
    EXPECT_EQ(sent.reason, row.reason);
    EXPECT_EQ(!untouched(), row.erases);
    EXPECT_FALSE(boot.selected);
  }
}

// What no tool here makes: a head that points to an image beside it, and to no index.
Buffer bare_head(const Desk& desk, Bytes image) {
  using namespace std::string_view_literals;
  Buffer head =
      host::make_package({.components = {{host::app_component(), desk.product, image, image}},
                          .sequence = 7,
                          .version = {},
                          .index = false});
  const auto place_of = [&head](std::string_view text) { return as_text(head).find(text); };
  head.resize(as_text(head).rfind("\x64#img"sv));  // the image, and its name before it
  head[2] = std::byte{0xA2};                       // a map of two
  head[place_of("#img"sv)] = std::byte{'x'};
  const std::size_t digest = place_of("\x82\x2f\x58\x20"sv) + 4;
  const std::size_t manifest = digest + suit::kDigestBytes + 1;  // behind its key
  std::ranges::copy(crypto::sha256(Bytes(head).subspan(manifest)),
                    head.begin() + static_cast<std::ptrdiff_t>(digest));
  return host::attach(head, desk.release_key.point(),
                      desk.release_key.sign(host::package_message(head)));
}

// Nothing of it could be checked on the way, and nobody would know its size.
TEST_F(Parts, AnImageBesideItNeedsAnIndex) {
  const Buffer small = demo_image("2.0.0", 100 * 1024);
  const Sent sent = fetch({.head = bare_head(desk, small), .index = {}, .transfer = small});
  EXPECT_EQ(sent.word, "payload_missing");
  EXPECT_EQ(sent.reason, Reason::package_bare);
  EXPECT_EQ(sent.transfer, 0u);
  EXPECT_TRUE(untouched());
}

TEST_F(Parts, WhoCannotFetchIsTold) {
  const Buffer small = demo_image("2.0.0", 100 * 1024);
  const Buffer head = files_of(small).head;
  ASSERT_TRUE(updater->begin({.scheme = kRaw, .size = head.size()}).has_value());
  ASSERT_TRUE(updater->write(head).has_value());
  const Result<Taken> taken = updater->finish();
  EXPECT_EQ(word(outcome_of(taken)), "payload_missing");
  EXPECT_EQ(taken.error().reason, Reason::package_apart);
  EXPECT_TRUE(untouched());
}

TEST_F(Parts, TheVectorOfTheSpecification) {
  const golden::SuitDevice& device = golden::suit_vectors().devices.at("d1");
  SignedBench bench(1024 * 1024);
  bench.signing.emplace(bench.boot, bench.signing_flash, bench.room,
                        SignedProduct{device.vendor, device.app_class}, bench.log);
  ASSERT_EQ(word(bench.signing->open(device.key_set_bytes)), "ok");
  bench.policy.signing = &*bench.signing;
  bench.updater.emplace(bench.boot, nullptr, bench.policy, bench.log);
  const PackageFiles vector{.head = golden::suit_file("p02-detached.hex"),
                            .index = golden::suit_file("demo-1.3.0.ix"),
                            .transfer = golden::suit_file("demo-1.3.0.bin")};
  FetchingLink link(*bench.updater);
  EXPECT_EQ(word(link.fetch(vector)), "ok");
  EXPECT_EQ(link.names, "demo-1.3.0.ix demo-1.3.0.bin");
  EXPECT_TRUE(bench.holds(vector.transfer));
}

// What a restart point of a patch lets it pass over need not come either, but for the chunk that
// the point is in.
TEST_F(Parts, APatchGoesOnAtItsRestartPoint) {
  const Buffer base = demo_image("1.0.0", 300 * 1024);
  Buffer target = demo_image("2.0.0", 300 * 1024);
  std::mt19937 random(5);
  for (std::size_t at = 5'000; at + 900 < target.size(); at += 8 * 1024) {
    for (std::size_t i = 0; i < 900; ++i) target[at + i] = static_cast<std::byte>(random() & 255u);
  }
  sim::reseal_image(target);
  std::ranges::copy(base, boot.slots[0].bytes.begin());
  const Buffer patch =
      diff::make_patch(base, target, {.restart = 256 * 1024, .progress = {}}).bytes;
  pipeline::PatchStage stage;
  stages.patch = &stage;
  start();
  const PackageFiles delta = files_of(target, patch);
  ASSERT_GT(patch.size(), 7 * kChunkSize);
  const Sent before = fetch(delta, delta.head.size() + delta.index.size() + patch.size() - 100);
  start();
  const Sent after = fetch(delta);
  EXPECT_EQ(after.word, "ok");
  EXPECT_TRUE(holds(target));
  EXPECT_LT(after.transfer, patch.size() / 2)
      << "of " << patch.size() << ", after " << before.transfer;
}

TEST(PackagePlace, EachPageIsBeforeItsPartOfTheTransfer) {
  PackageParts parts{.head = 300, .index = 2 * kPage + 96, .transfer = 2 * 524'288 + 9'000};
  struct Row {
    std::uint64_t at;
    PackageFile file;
    std::uint64_t from, to;
  };
  const Row rows[] = {{0, PackageFile::package, 0, 300},
                      {299, PackageFile::package, 299, 300},
                      {300, PackageFile::index, 0, 4096},
                      {4395, PackageFile::index, 4095, 4096},
                      {4396, PackageFile::transfer, 0, 524'288},
                      {528'683, PackageFile::transfer, 524'287, 524'288},
                      {528'684, PackageFile::index, 4096, 8192},
                      {532'780, PackageFile::transfer, 524'288, 1'048'576},
                      {1'057'068, PackageFile::index, 8192, 8288},
                      {1'057'164, PackageFile::transfer, 1'048'576, 1'057'576},
                      {1'066'163, PackageFile::transfer, 1'057'575, 1'057'576}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.at);
    const PackagePlace place = place_at(parts, row.at);
    EXPECT_EQ(place.file, row.file);
    EXPECT_EQ(place.from, row.from);
    EXPECT_EQ(place.to, row.to);
  }
  EXPECT_EQ(parts.bytes(), 1'066'164u);
}

}  // namespace
}  // namespace updraft

// Cut the power at every flash operation of an install of a package whose image stands beside it on
// a web server: the sequence never falls, nothing is half trusted, and the next attempt fetches
// only what the slot lacks.
#include <gtest/gtest.h>

#include "engine/signing/test_parts.hpp"
#include "protocols/pull/web_pull_bench.hpp"
#include "tests/powerloss/resumed.hpp"

namespace updraft::powerloss {
namespace {

class PartsCut : public testing::Test {
 protected:
  PartsCut() {
    folder.put("/lamp-7.suit", files.head);
    folder.put("/lamp-7.ix", files.index);
    folder.put("/lamp-7.bin", files.transfer);
  }
  // What the server sent of the image; the device is installed, or the power went away.
  std::size_t pull(Rig& rig) {
    folder.sent.clear();
    link::WebPull::Config config = link::WebPullBench::usual();
    config.url = "https://updates.example/lamp-7.suit";
    link::WebPullBench bench(
        rig.device().updater(), [this](const link::Asked& asked) { return folder.answer(asked); },
        config);
    bench.chunk = suit::kChunkBytes;
    bench.pull.start(bench.now);
    bench.once();
    said = word(bench.log.last);
    return folder.sent["/lamp-7.bin"];
  }
  Image first = make_image("1.0.0", 24 * 1024), next = make_image("2.0.0", kResumedBytes);
  PackageFiles files = files_apart(Desk::shared(), next, {.sequence = kSequence});
  link::FolderServer folder;
  std::string said;
};

TEST_F(PartsCut, AfterAnyCutOnlyWhatIsMissingIsFetched) {
  Rig rig(kSigned, first, nullptr, trusted());
  bring_no_key_set(rig);
  expect_only_what_is_missing(rig, next, [&]() -> Carried {
    const std::size_t bytes = pull(rig);
    return {said, bytes};
  });
}

}  // namespace
}  // namespace updraft::powerloss

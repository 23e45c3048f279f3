// Socket bundles at the service's door: firmware alone, or with the product's files.
#include <gtest/gtest.h>

#include "protocols/bundle/bundle_host.hpp"
#include "protocols/bundle/bundle_samples.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

using samples::Bundle;
using samples::File;

// The product's files: kept once they are committed.
struct ProductFiles final : FileTransaction {
  Result<> begin(std::uint64_t) override { return {}; }
  Result<> expect(std::string_view, std::uint64_t) override { return {}; }
  Result<> open(std::string_view path) override {
    coming.push_back({std::string(path), ""});
    return {};
  }
  Result<> write(Bytes bytes) override {
    coming.back().content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Result<> commit() override {
    in_use = coming;
    return {};
  }
  Result<> commit_with(const Slot& slot) override {
    with_slot = slot.index;
    return commit();
  }
  void abort() override { coming.clear(); }

  std::vector<File> coming, in_use;
  int with_slot = -1;
};

std::string text(const Image& image) {
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

// What `updraft push DIR bundle://` does: "ok", or the code of what went wrong.
std::string push_bundle(std::uint16_t port, const Bundle& bundle) {
  const int socket = connect_to(port);
  if (socket < 0) return "unreachable";
  link::MemorySource stream(bundle.stream);
  link::BundleHost host("secret", as_bytes(bundle.metadata), stream);
  host.on_connected(Instant{});
  std::array<std::byte, 1460> wire;
  while (host.phase() != link::Phase::closed) {
    if (const std::size_t size = host.write_to(wire); size > 0) {
      send_all(socket, Bytes(wire).first(size));
      continue;
    }
    const ssize_t got = ::recv(socket, wire.data(), wire.size(), 0);
    if (got <= 0) {
      host.on_peer_done(Instant{});
    } else {
      host.on_bytes(Bytes(wire).first(static_cast<std::size_t>(got)), Instant{});
    }
  }
  (void)::close(socket);
  return host.outcome() ? "ok" : std::string(name(host.outcome().error().code));
}

struct Bundles : testing::Test {
  Bundles() {
    bench.config.bundle_port = free_port();
    bench.config.bundle_password = "secret";
  }
  std::string push(const std::vector<File>& content) {
    const Bundle bundle = samples::bundle_of(content);
    auto sender = std::async(std::launch::async,
                             [&] { return push_bundle(bench.config.bundle_port, bundle); });
    (void)bench.turn_until(
        [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
    return sender.get();
  }
  ServiceBench bench;
  ProductFiles files;
};

TEST_F(Bundles, OfFirmwareAloneAreInstalled) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}}), "ok");
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(Bundles, WithFilesAreRefusedWhereThereIsNoPlaceForThem) {
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint64_t before = bench.chip.flash().operations();
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}, {"main.py", "print(1)\n"}}),
            "not_wanted");
  EXPECT_EQ(bench.ends.back(), "bad_path");
  EXPECT_EQ(bench.chip.flash().operations(), before);
}

TEST_F(Bundles, BringTheProductItsFilesWithTheFirmware) {
  bench.config.bundle_files = static_cast<FileTransaction*>(&files);
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}, {"main.py", "print(1)\n"}}), "ok");
  EXPECT_EQ(files.in_use, (std::vector<File>{{"main.py", "print(1)\n"}}));
  EXPECT_EQ(files.with_slot, 1);
}

TEST_F(Bundles, AskForThePassword) {
  bench.config.bundle_password = nullptr;
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG) << "no password is no way in";
  bench.config.bundle_password = "another";
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}}), "auth_failed");
}

TEST_F(Bundles, WithoutMemoryNothingStarts) {
  bench.chip.heap = 32 * 1024;
  EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
}

}  // namespace
}  // namespace updraft::esp_idf

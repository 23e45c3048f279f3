// A device that keeps KeySets and asks the server of a fleet, which the test plays.
#pragma once
#include <gtest/gtest.h>

#include "engine/core/hex.hpp"
#include "engine/signing/test_parts.hpp"
#include "protocols/pull/web_pull_bench.hpp"

namespace updraft::link {

inline constexpr std::string_view kFleetUrl = "https://fleet.example/d/next";

class WebFleet : public testing::Test, protected SignedBench {
 protected:
  WebFleet() { start(desk.fresh_set(1)); }

  // What a server answers to `fresh?id=...&nonce=...`.
  Buffer token_for(const std::string& path, std::uint64_t newest, const host::SigningKey& key,
                   const host::Product& product) const {
    host::TokenSpec spec;
    spec.device_id = "kitchen";
    EXPECT_TRUE(read_hex(path.substr(path.find("nonce=") + 6), spec.nonce));
    spec.now = 1'790'000'000;
    spec.class_id = product.class_id;
    spec.newest_sequence = newest;
    spec.newest_key_set = 1;
    return host::make_token(spec, host::signer_of(key));
  }
  static Said said(const std::string& status, Bytes body = {}, const std::string& fields = {}) {
    return {"HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
            fields + "\r\n" + std::string(as_text(body))};
  }
  WebPullBench& pull(WebPullBench::Server what) {
    WebPull::Config config = WebPullBench::usual();
    config.url = kFleetUrl;
    config.running[0] = std::byte{0x81};
    config.member = {.id = "kitchen", .updater = &*updater, .signing = &*signing};
    config.reports = news;
    bench.emplace(*updater, std::move(what), config);
    bench->pull.start(bench->now);
    return *bench;
  }
  std::string paths() const {
    std::string all;
    for (const Asked& each : bench->requests) {
      all += (all.empty() ? "" : " ") + each.path.substr(3, each.path.find('?') - 3);
    }
    return all;
  }

  WebReports* news = nullptr;  // what it has to tell
  std::optional<WebPullBench> bench;
};

}  // namespace updraft::link

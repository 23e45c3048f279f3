#include "host/push/http_credentials.hpp"

#include <gtest/gtest.h>

namespace updraft::host {
namespace {

const std::string kBasic = "Basic realm=\"Login Required\"";
const std::string kDigest =
    "Digest realm=\"Login Required\", qop=\"auth,auth-int\", nonce=\"0123456789abcdef\", "
    "opaque=\"o\"";

// elegant-ota.md section 4.
TEST(HttpCredentials, AnswersBasicAsTheSpecification) {
  HttpCredentials credentials;
  EXPECT_FALSE(credentials.asked());
  EXPECT_TRUE(credentials.on_challenge({kBasic}, true));
  EXPECT_EQ(credentials.answer("GET", "/ota/start", "admin", "correct horse"),
            "Basic YWRtaW46Y29ycmVjdCBob3JzZQ==");
}

TEST(HttpCredentials, BasicOnlyWhereItMayBeUsed) {
  HttpCredentials credentials;
  EXPECT_FALSE(credentials.on_challenge({kBasic}, false));
  EXPECT_TRUE(credentials.on_challenge({kBasic, kDigest}, true));
  EXPECT_TRUE(credentials.answer("GET", "/", "u", "p").starts_with("Digest ")) << "which is better";
}

TEST(HttpCredentials, CountsUpWithOneNonce) {
  HttpCredentials credentials;
  ASSERT_TRUE(credentials.on_challenge({kDigest}, false));
  const std::string first = credentials.answer("GET", "/ota/start?mode=fr", "admin", "p");
  const std::string second = credentials.answer("POST", "/ota/upload", "admin", "p");
  for (const char* part :
       {"username=\"admin\"", "realm=\"Login Required\"", "qop=auth, nc=00000001",
        "uri=\"/ota/start?mode=fr\"", "opaque=\"o\"", "algorithm=MD5"}) {
    EXPECT_NE(first.find(part), std::string::npos) << part << " in " << first;
  }
  EXPECT_NE(second.find("nc=00000002"), std::string::npos);
  EXPECT_NE(second.find("uri=\"/ota/upload\""), std::string::npos);
}

TEST(HttpCredentials, AWrongPasswordIsNotTriedAgain) {
  HttpCredentials credentials;
  ASSERT_TRUE(credentials.on_challenge({kDigest}, false));
  (void)credentials.answer("GET", "/", "u", "p");
  EXPECT_FALSE(credentials.on_challenge({kDigest}, false));
  ASSERT_TRUE(credentials.on_challenge({kDigest}, false)) << "nothing was answered since";
  (void)credentials.answer("GET", "/", "u", "p");
  EXPECT_TRUE(credentials.on_challenge({kDigest + ", stale=true"}, false))
      << "only the nonce is old";
}

TEST(HttpCredentials, WhatItCannotAnswer) {
  HttpCredentials credentials;
  for (const std::string& field :
       {std::string(), std::string("Bearer x"), std::string("Digest realm=\"r\", nonce=\"n\""),
        std::string("Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256"),
        std::string("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"")}) {
    EXPECT_FALSE(credentials.on_challenge({field}, true)) << field;
  }
  EXPECT_FALSE(credentials.on_challenge({}, true));
}

}  // namespace
}  // namespace updraft::host

#include "engine/crypto/signature.hpp"

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::crypto {
namespace {

using golden::from_hex;

// RFC 6979, A.2.5: "sample" with SHA-256 on P-256.
constexpr const char* kPoint =
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
constexpr const char* kSignature =
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

Sha256Digest sample() { return sha256(as_bytes("sample")); }

TEST(Signature, TakesWhatTheVectorSays) {
  EXPECT_TRUE(verify_p256(from_hex(kPoint), sample(), from_hex(kSignature)));
  EXPECT_FALSE(verify_p256(from_hex(kPoint), sha256(as_bytes("other")), from_hex(kSignature)));
}

TEST(Signature, NoBitMayChange) {
  for (std::size_t bit = 0; bit < 512; bit += 7) {
    auto signature = from_hex(kSignature), point = from_hex(kPoint);
    signature[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    point[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(verify_p256(from_hex(kPoint), sample(), signature)) << bit;
    EXPECT_FALSE(verify_p256(point, sample(), from_hex(kSignature))) << "no point, " << bit;
  }
}

TEST(Signature, WhatCannotBeOneIsNone) {
  const auto point = from_hex(kPoint), signature = from_hex(kSignature);
  for (const char* numbers : {"00*64", "ff*64", "00*32 01*32", "01*32 00*32"}) {
    EXPECT_FALSE(verify_p256(point, sample(), from_hex(numbers))) << numbers;
  }
  EXPECT_FALSE(verify_p256(point, sample(), Bytes(signature).first(63)));
  EXPECT_FALSE(verify_p256(Bytes(point).first(63), sample(), signature));
  EXPECT_FALSE(verify_p256(from_hex("00*64"), sample(), signature));
  EXPECT_FALSE(verify_rsa_pss(from_hex("00*384"), 65537, sample(), from_hex("00*384")));
  EXPECT_FALSE(verify_rsa_pss(from_hex("ff*384"), 0, sample(), from_hex("01*384")));
  EXPECT_FALSE(verify_rsa_pss(from_hex("ff*383"), 65537, sample(), from_hex("01*384")));
}

}  // namespace
}  // namespace updraft::crypto

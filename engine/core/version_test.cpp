// One release has one number: in the header, in CMake, in the manifests and in the change log.
#include "updraft/version.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using testing::HasSubstr;

std::string text_of(const std::string& name) {
  std::ifstream file(UPDRAFT_SOURCE_DIR "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Version, IsTheProjectsEverywhere) {
  EXPECT_STREQ(UPDRAFT_VERSION, UPDRAFT_PROJECT_VERSION);
  const std::string parts = std::to_string(UPDRAFT_VERSION_MAJOR) + "." +
                            std::to_string(UPDRAFT_VERSION_MINOR) + "." +
                            std::to_string(UPDRAFT_VERSION_PATCH);
  EXPECT_EQ(parts, UPDRAFT_VERSION);
  // tools/package writes it there; a second place could say another one.
  EXPECT_THAT(text_of("idf_component.yml"), testing::Not(HasSubstr("\nversion:")));
  EXPECT_THAT(text_of("host/python/pyproject.toml"), HasSubstr("dynamic = [\"version\"]"));
  EXPECT_THAT(text_of("CHANGELOG.md"), HasSubstr("\n## [" UPDRAFT_VERSION "]"));
}

TEST(License, IsTheSameInEveryManifest) {
  for (const char* manifest :
       {"idf_component.yml", "host/python/pyproject.toml", "web/tests/package.json"}) {
    EXPECT_THAT(text_of(manifest), HasSubstr("\"Apache-2.0\"")) << manifest;
  }
}

TEST(Version, CanBeCompared) {
  static_assert(UPDRAFT_VERSION_NUMBER >= UPDRAFT_MAKE_VERSION(0, 1, 0));
  static_assert(UPDRAFT_MAKE_VERSION(0, 10, 0) > UPDRAFT_MAKE_VERSION(0, 9, 99));
  static_assert(UPDRAFT_MAKE_VERSION(1, 0, 0) > UPDRAFT_MAKE_VERSION(0, 99, 999));
}

}  // namespace

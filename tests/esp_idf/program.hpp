// A started service lives as long as its program, so a test that starts one is a program itself.
#pragma once
#include <cstdlib>

#include <gtest/gtest.h>

namespace updraft::esp_idf {

template <class Story>
void as_a_program(Story story) {
  EXPECT_EXIT(
      {
        story();
        std::exit(testing::Test::HasFailure() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace updraft::esp_idf

#include "host/push/form_push.hpp"

#include <gtest/gtest.h>

#include "host/push/upload_form.hpp"

namespace updraft::host {
namespace {

// As the original sends it, with a NUL after each text.
std::string answer(const std::string& outcome) {
  return std::string(
             "<html><head><title>ESP32 Generic OTA</title></head>\0"
             "<body><b>Auto-refresh in 20sec...</b><br><br>\0",
             97) +
         outcome + std::string("\0</body></html>\r\n\0", 18);
}

TEST(FormOutcome, IsWhatStandsBehindTheHead) {
  EXPECT_EQ(form_outcome(answer("OTA OK, restarting...")), "OTA OK, restarting...");
  EXPECT_EQ(form_outcome(answer("OTA end fail [0x1503]")), "OTA end fail [0x1503]");
  EXPECT_EQ(form_outcome(
                "<body><b>Auto-refresh in 20sec...</b><br><br>OTA write fail [0x103]<br><br>busy: "
                "Another update is running.</body>"),
            "OTA write fail [0x103] busy: Another update is running.");
}

TEST(FormOutcome, OfOtherPagesIsNothing) {
  for (const char* page :
       {"", "OTA OK, restarting...", "<html><body>Router login</body></html>", "<body"}) {
    EXPECT_EQ(form_outcome(page), "") << page;
  }
}

// esp32-ota looks for the file in the first 1024 bytes of the request, and for its end by dashes.
TEST(UploadForm, IsWhatTheOriginalFinds) {
  const UploadForm form = upload_form();
  EXPECT_TRUE(form.before.ends_with("Content-Type: application/octet-stream\r\n\r\n"));
  EXPECT_TRUE(form.after.starts_with("\r\n---"));
  EXPECT_LT(form.before.size() + form.type.size(), 400u);
  EXPECT_NE(upload_form().type, form.type);
}

}  // namespace
}  // namespace updraft::host

#include "protocols/form/form_device.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/crypto/aes.hpp"
#include "engine/crypto/digest.hpp"
#include "protocols/form/form_page.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/link/test_form.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/fake_steering.hpp"

namespace updraft::link {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kMost = 4096;
const std::string kFile = "\xE9 what stands for an image of some length, and more than a block";

struct FormDeviceTest : testing::Test {
  HttpAnswer post(const std::string& path, std::string_view body, std::size_t step = 1000) {
    machine.emplace(intake, steering, config);
    machine->on_request({.method = "POST",
                         .target = path,
                         .type = "multipart/form-data; boundary=----x",
                         .length = body.size()},
                        Instant{});
    for (std::size_t at = 0; at < body.size() && !machine->answer(); at += step) {
      machine->on_body(as_bytes(body.substr(at, step)), Instant{});
    }
    if (!machine->answer()) machine->on_end(Instant{});
    return *machine->answer();
  }
  // What stands between the original's head and tail.
  std::string outcome(const HttpAnswer& answer) {
    const std::string body(answer.body);
    const std::string head = "Auto-refresh in 20sec...</b><br><br>", tail = "</body></html>\r\n";
    EXPECT_TRUE(body.ends_with(tail)) << body;
    EXPECT_EQ(body.find('\0'), std::string::npos) << "no client needs the original's NULs";
    const std::size_t begin = body.find(head);
    EXPECT_NE(begin, std::string::npos);
    return body.substr(begin + head.size(), body.size() - begin - head.size() - tail.size());
  }
  std::string upload(std::string_view file = kFile) {
    return outcome(post("/upload", form_of("----x", file)));
  }

  fakes::FakeIntake intake;
  fakes::FakeSteering steering;
  FormDevice::Config config{.most = kMost};
  std::optional<FormDevice> machine;
};

TEST_F(FormDeviceTest, SaysWhatScriptsLookFor) {
  const std::string form = form_of("----x", kFile);
  for (std::size_t step = 1; step <= form.size(); ++step) {
    const HttpAnswer answer = post("/upload", form, step);
    ASSERT_EQ(answer.status, 200);
    ASSERT_EQ(outcome(answer), "OTA OK, restarting...");
    ASSERT_EQ(as_text(intake.last_bytes), kFile);
  }
  EXPECT_EQ(intake.misuse, "");
}

struct Row {
  const char* what;
  Code code;
  const char* text;
  int status;
};

TEST_F(FormDeviceTest, FailuresHaveTheOriginalsWords) {
  for (const Row& row : {Row{"busy", Code::busy, "OTA begin fail [0x103]", 503},
                         Row{"on trial", Code::pending_confirm, "OTA begin fail [0x1506]", 422},
                         Row{"unsigned", Code::unsigned_image, "OTA begin fail [0x103]", 403}}) {
    intake.begin_error = row.code;
    const HttpAnswer answer = post("/upload", form_of("----x", kFile));
    EXPECT_THAT(outcome(answer), testing::StartsWith(row.text)) << row.what;
    EXPECT_EQ(answer.status, row.status) << row.what;
  }
  intake.begin_error.reset();
  intake.write_error = Code::wrong_chip;
  EXPECT_THAT(upload(),
              testing::StartsWith("OTA write fail [0x1503]<br><br>wrong_chip: The image"));
  intake.write_error.reset();
  intake.finish_error = Code::bad_checksum;
  EXPECT_THAT(upload(), testing::StartsWith("OTA end fail [0x1503]"));
  intake.finish_error.reset();
  EXPECT_THAT(upload(std::string(kMost + 1, 'x')), testing::StartsWith("OTA write fail [0x104]"));
  EXPECT_THAT(outcome(post("/upload", "------x--")),
              testing::StartsWith("Fail to find start of file"));
  EXPECT_THAT(outcome(post("/upload", "")), testing::StartsWith("Fail to find start of file"));
  EXPECT_THAT(upload(""), testing::StartsWith("OTA end fail [0x102]")) << "an empty file is one";
}

TEST_F(FormDeviceTest, StrictIsAsTheOriginal) {
  config.strict = true;
  intake.write_error = Code::wrong_chip;
  const HttpAnswer answer = post("/upload", form_of("----x", kFile));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(outcome(answer), "OTA write fail [0x1503]");
}

TEST_F(FormDeviceTest, EveryAnswerFits) {
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    intake.welcome_error = static_cast<Code>(i);
    EXPECT_THAT(upload(), HasSubstr(std::string(name(*intake.welcome_error)) + ": "));
  }
}

TEST_F(FormDeviceTest, CutAtEveryByte) {
  const std::string form = form_of("----x", kFile);
  for (std::size_t cut = 0; cut < form.size(); ++cut) {
    machine.emplace(intake, steering, config);
    machine->on_request({.method = "POST",
                         .target = "/upload",
                         .type = "multipart/form-data; boundary=----x",
                         .length = form.size()},
                        Instant{});
    machine->on_body(as_bytes(std::string_view(form).substr(0, cut)), Instant{});
    machine->on_cut({Code::timeout, Where::link});
    ASSERT_TRUE(machine->answer());
    ASSERT_EQ(machine->answer()->status, 408);
    ASSERT_FALSE(intake.in_session);
  }
  EXPECT_EQ(intake.misuse, "");
  EXPECT_EQ(intake.calls.find("finish"), std::string::npos);
}

// The file part is the cipher text; the frame around it is clear.
TEST_F(FormDeviceTest, TheFileMayBeEncrypted) {
  const LinkCipher cipher =
      link_cipher(crypto::AesMode::cbc, "12345678901234567890123456789012", "0123456789012345")
          .value();
  std::string file = kFile;
  file.resize(64, '\xFF');
  std::string sealed(file.size(), '\0');
  crypto::Aes256 aes(cipher.mode, crypto::AesDirection::encrypt, cipher.key, cipher.iv);
  aes.process(as_bytes(file), std::as_writable_bytes(std::span(sealed)));
  LinkDecryptor decryptor(cipher);
  config.decryptor = &decryptor;
  const std::string form = form_of("----x", sealed);
  for (const std::size_t step : {1, 5, 16, 1000}) {
    EXPECT_EQ(outcome(post("/upload", form, step)), "OTA OK, restarting...");
    EXPECT_EQ(as_text(intake.last_bytes), file) << step;
  }
  EXPECT_TRUE(intake.offer.link_encrypted);
  EXPECT_FALSE(intake.offer.sender_proved) << "AES proves nothing";
  EXPECT_THAT(upload(sealed + "x"), HasSubstr("size_mismatch")) << "no multiple of 16";
}

TEST_F(FormDeviceTest, TheFactoryAppIsForWhoMayInstall) {
  config.factory = "safeboot";
  HttpAnswer answer = post("/factory", "");
  EXPECT_EQ(outcome(answer), "Sucess! Restarting to factory APP...");
  EXPECT_TRUE(machine->restarts());
  EXPECT_EQ(steering.calls, "restart_into:safeboot");
  steering.into_error = Code::no_other_image;
  answer = post("/factory", "");
  EXPECT_THAT(outcome(answer),
              testing::StartsWith("Fail to find factory partition, restarting..."));
  EXPECT_FALSE(machine->restarts());
  steering.into_error = Code::pending_confirm;
  EXPECT_THAT(outcome(post("/factory", "")),
              testing::StartsWith("Fail to set factory partition [0x1506]"));
  steering.decide_error = Code::unsigned_image;
  steering.calls.clear();
  answer = post("/factory", "");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(steering.calls, "") << "nothing is chosen";
  EXPECT_EQ(post("/factory", std::string(kMultipartFrame + 1, 'x')).status, 413);
}

TEST(FormPage, HasWhatTheOriginalHas) {
  Status status;
  status.running.app.version = Text<32>("1.<b>2");
  status.running.app.idf_ver = Text<32>("v5.5");
  status.slot = Text<16>("ota_0");
  status.uptime = Millis{1234};
  std::array<char, kFormPageBytes> room;
  const std::string page(write_form_page(
      status, {.mac = std::array<std::byte, 6>{std::byte{0xAB}, std::byte{1}}, .free_ram = 4096},
      room));
  for (const char* part :
       {"<title>ESP32 Generic OTA</title>", "Current Device info",
        "<b>WiFi STA MAC:</b> ab:01:00:00:00:00<br>", "<b>Free RAM:</b> 4096B<br>",
        "<b>UP-Time:</b> 1234ms<br>", "<b>APP SHA-256:</b> 0000000000000000000000000000000<br>",
        "<b>APP Version:</b> 1.&#60;b&#62;2<br>", "<b>IDF Version:</b> v5.5<br>",
        "<b>Current APP:</b> ota_0<br>",
        "enctype=\"multipart/form-data\" action=\"/upload\" method=\"post\"",
        "<input type=\"file\" name=\"file\" accept='.bin'>", "value=\"Send file\"",
        "action=\"/factory\" method=\"post\"", "value=\"Start\"", "Confirm?", "Factory reset?"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  EXPECT_TRUE(page.ends_with("</body></html>\r\n"));
}

TEST(FormPage, IsWholeWithTheLongestTexts) {
  Status status;
  status.running.app.version = Text<32>(std::string(32, '<'));
  status.running.app.idf_ver = Text<32>(std::string(32, '\x80'));
  status.slot = Text<16>(std::string(16, '&'));
  status.uptime = Millis::max();
  std::array<char, kFormPageBytes> room;
  const std::string page(
      write_form_page(status, {.mac = std::array<std::byte, 6>{}, .free_ram = UINT64_MAX}, room));
  EXPECT_TRUE(page.ends_with("</body></html>\r\n")) << page.size();
}

// The one script is let in by its hash.
TEST(FormPage, ItsPolicyFitsItsScript) {
  std::array<char, kFormPageBytes> room;
  const std::string page(write_form_page({}, {}, room));
  const std::size_t begin = page.find("<script>") + 8, end = page.find("</script>");
  const crypto::Sha256Digest digest = crypto::sha256(as_bytes(page.substr(begin, end - begin)));
  std::string base64;
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < digest.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (at + i < digest.size() ? load_u8(digest, at + i) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      base64 += i <= std::min<std::size_t>(digest.size() - at, 3)
                    ? kLetters[bits >> (18 - 6 * i) & 63]
                    : '=';
    }
  }
  EXPECT_THAT(std::string(form_page_policy()), HasSubstr("script-src 'sha256-" + base64 + "'"));
  EXPECT_THAT(std::string(form_page_policy()), HasSubstr("form-action 'self'"));
  EXPECT_NE(kFormReferrer, "no-referrer") << "the form's Origin would be null";
}

}  // namespace
}  // namespace updraft::link

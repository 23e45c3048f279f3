// The lines of code in docs/*.md are those that tests/esp_idf/snippets.c compiles.
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace updraft::esp_idf {
namespace {

std::string file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(UPDRAFT_SOURCE_DIR "/" + path).rdbuf();
  return text.str();
}

// The lines of a page, without their indentation of two: the body of a function.
std::string snippet(const std::string& source, const std::string& page) {
  const std::string begin = "  // [" + page + "]\n";
  const std::size_t from = source.find(begin);
  const std::size_t to = source.find("  // [end]\n", from);
  if (from == std::string::npos || to == std::string::npos) return "no snippet for " + page;
  std::istringstream lines(source.substr(from + begin.size(), to - from - begin.size()));
  std::string text;
  for (std::string line; std::getline(lines, line);) text += line.substr(2) + "\n";
  return text;
}

TEST(Snippets, OfTheDocumentationAreThoseThatCompile) {
  const std::string source = file("tests/esp_idf/snippets.c");
  for (const std::string page :
       {"raw.md", "req.md", "bundle.md", "ws.md", "page.md", "http.md", "form.md", "elegant.md",
        "control.md", "arduino.md", "esphome.md", "uart.md", "mqtt.md", "sd.md", "esp-idf.md",
        "signed.md", "https.md", "files.md", "native.md"}) {
    EXPECT_THAT(file("docs/" + page),
                testing::HasSubstr("```c\n" + snippet(source, page) + "```\n"))
        << page;
  }
}

}  // namespace
}  // namespace updraft::esp_idf

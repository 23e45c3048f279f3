// updraft.toml and updraft.sequence: found, read and refused.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "engine/suit/manifest.hpp"
#include "host/desk/trouble.hpp"
#include "host/signing/project_settings.hpp"
#include "host/signing/sequence_file.hpp"

namespace updraft::host {
namespace {

namespace fs = std::filesystem;

class Project : public testing::Test {
 protected:
  Project() {
    std::string name = (fs::temp_directory_path() / "updraft-project-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    fs::create_directories(folder / "a/b");
  }
  ~Project() override { fs::remove_all(folder); }
  static void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
  std::string refusal(const std::string& text) const {
    write(folder / kSettingsName, text);
    try {
      (void)read_settings(folder / kSettingsName);
    } catch (const Trouble& trouble) {
      return trouble.what();
    }
    return "taken";
  }
  fs::path folder;
};

constexpr const char* kGood =
    "vendor = 'example.com'\nproduct = \"lamp\"\nhardware = \"1\"\nkey = [\"k/a.pem\", "
    "\"/b.pem\"]\n";

TEST_F(Project, SettingsAreThoseOfTheNearestFolder) {
  EXPECT_FALSE(find_settings((folder / "a/b/app.bin").string()));
  write(folder / kSettingsName, kGood);
  const auto far = find_settings((folder / "a/b/app.bin").string());
  ASSERT_TRUE(far);
  EXPECT_EQ(far->file, folder / kSettingsName);
  EXPECT_EQ(far->product_on("esp32c3"), "example.com/lamp/esp32c3/1");
  EXPECT_THAT(far->keys, testing::ElementsAre((folder / "k/a.pem").string(), "/b.pem"));
  write(folder / "a" / kSettingsName, "vendor='x.y'\nproduct='z'\nhardware='2'\n");
  const auto near = find_settings((folder / "a/b/app.bin").string());
  ASSERT_TRUE(near);
  EXPECT_EQ(near->product_on("esp32"), "x.y/z/esp32/2");
  EXPECT_TRUE(near->keys.empty());
}

TEST_F(Project, SettingsThatAreNoneAreRefusedByName) {
  EXPECT_EQ(refusal(kGood), "taken");
  EXPECT_EQ(refusal("\xEF\xBB\xBF# \xC3\xA9\nvendor=\"\"\nvendor='\xC3\xA9'\n").find("not ASCII"),
            std::string::npos);
  for (const auto& [text, words] : std::map<std::string, std::string>{
           {"vendor = 1\nproduct='p'\nhardware='1'\n", "vendor is missing, or no text"},
           {"product='p'\nhardware='1'\n", "vendor is missing"},
           {"vendor='x.y'\nproduct='p'\nhardware=1\n", "hardware is missing, or no text"},
           {std::string(kGood) + "chip = 'esp32'\n", "chip is no setting"},
           {"vendor='x.y'\nproduct='p'\nhardware='1'\nkey=7\n", "key: want the name of a file"},
           {"vendor='x.y'\nproduct='p'\nhardware='1'\nkey=''\n", "key: a name is empty"},
           {"vendor='x.y'\nproduct='p'\nhardware='1'\nkey=['a','b','c','d','e']\n", "up to 4"},
           {"vendor='x.y'\nvendor='z'\n", "line 2"},
           {"vendor = \n", "line 1"},
           {"vendor='x.y'\n[lamp]\n", "lamp is no setting"},
           {"vendor='x.y'\n[=]\n", "it is no TOML"},
           {"vendor=0989-05-27T:\n", "it is no TOML"},
           {"# \xC3\xA9\nvendor = 'x' \xC3\xA9", "line 2: a character that is not ASCII"},
           {"vendor = \"\\\"\xC3\xA9\"\n\xD1\x99 = 1", "line 2: a character that is not ASCII"},
           {"vendor = \"\"\"x\"\"\"", "line 1: want one quote"},
           {"key = {(=1}\n", "line 1"}}) {
    EXPECT_THAT(refusal(text), testing::HasSubstr(words)) << text;
  }
  EXPECT_THAT(refusal(kGood + std::string(kMostSettings, '#')), testing::Not("taken"));
}

TEST_F(Project, TheNumberRisesAndNeverFalls) {
  const fs::path settings = folder / kSettingsName;
  write(settings, kGood);
  {
    SequenceFile numbers(settings);
    EXPECT_EQ(numbers.next(), 1u);
    numbers.signed_as(1);
    EXPECT_EQ(numbers.next(), 2u);
    numbers.signed_as(40);
    numbers.signed_as(7);
    EXPECT_EQ(numbers.next(), 41u);
  }
  EXPECT_EQ(SequenceFile(settings).next(), 41u);
  write(folder / kSequenceName, std::to_string(suit::kMaxSequence));
  EXPECT_THROW((void)SequenceFile(settings).next(), Trouble);
  for (const char* const text : {"", "\n", "x", "-1", "9007199254740992", "1 2", "0x10"}) {
    write(folder / kSequenceName, text);
    EXPECT_THROW(SequenceFile{settings}, Trouble) << text;
  }
}

}  // namespace
}  // namespace updraft::host

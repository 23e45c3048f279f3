// The packed page: it is the file, it is small, and its policy allows its own script and style and
// nothing else.
#include "web/ota_page.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <zlib.h>

namespace updraft::web {
namespace {

std::string read(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::string built() { return read(UPDRAFT_OTA_PAGE); }  // as browsers get it
std::string source() { return read(UPDRAFT_SOURCE_DIR "/web/ota.html"); }

std::string gunzip(Bytes packed) {
  std::string out(1 << 20, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return "no zlib";
  std::string in(reinterpret_cast<const char*>(packed.data()), packed.size());
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = inflate(&stream, Z_FINISH);
  out.resize(end == Z_STREAM_END && stream.avail_in == 0 ? stream.total_out : 0);
  inflateEnd(&stream);
  return out;
}

std::string inside(const std::string& page, const std::string& tag) {
  const auto from = page.find("<" + tag + ">") + tag.size() + 2;
  return page.substr(from, page.find("</" + tag + ">") - from);
}

std::string hash_of(const std::string& text) {
  std::string hash(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(hash.data()), &size,
             EVP_sha256(), nullptr);
  std::string base64(64, '\0');
  base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(base64.data()),
      reinterpret_cast<const unsigned char*>(hash.data()), static_cast<int>(size))));
  return "'sha256-" + base64 + "'";
}

TEST(OtaPage, OpensToTheBuiltPage) { EXPECT_EQ(gunzip(ota_page_gzip()), built()); }

TEST(OtaPage, KeepsItsBudget) { EXPECT_LT(ota_page_gzip().size(), kMaxOtaPageBytes); }

TEST(OtaPage, HasNoTimeInItsGzipHeader) {
  EXPECT_EQ(load_le32(ota_page_gzip(), 4), 0U);
  EXPECT_EQ(load_u8(ota_page_gzip(), 3), 0U);  // no name either
}

TEST(OtaPage, ItsPolicyIsTheOneOfTheSpecWithItsOwnHashes) {
  const std::string page = built();
  EXPECT_EQ(ota_page_policy(),
            "default-src 'none'; script-src " + hash_of(inside(page, "script")) + "; style-src " +
                hash_of(inside(page, "style")) +
                "; connect-src 'self' https: http:; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'");
}

// Names and words are the source's; only what people need to read it is left out.
TEST(OtaPage, IsItsSourceWithoutCommentsAndIndentation) {
  EXPECT_THAT(source(), testing::HasSubstr("// ---- The state machine"));
  EXPECT_THAT(built(), testing::Not(testing::HasSubstr("// ---- ")));
  EXPECT_THAT(built(), testing::HasSubstr("const TABLE={looking:[\"note\",{quiet:\"ready\""));
  EXPECT_THAT(built(), testing::HasSubstr("\"Running now\":[\"Сейчас работает\",\"Läuft jetzt\""));
}

// Things that the policy would block in a browser: handlers and styles in attributes, foreign
// addresses, and ways to turn text from a device into markup or code.
TEST(OtaPage, DoesNothingThatItsPolicyForbids) {
  for (const char* bad :
       {R"(<[^>]*\son[a-z]+=)", R"(<[^>]*\sstyle=)", R"((src|href)=)", R"(https?://)",
        R"(@import|url\()",
        R"(innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function)"}) {
    EXPECT_FALSE(std::regex_search(source(), std::regex(bad))) << bad;
    EXPECT_FALSE(std::regex_search(built(), std::regex(bad))) << bad;
  }
}

}  // namespace
}  // namespace updraft::web

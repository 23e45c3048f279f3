// The page as the device carries it: it is the file, it is small, and its policy lets it run and
// nothing else.
#include "updraft/web/ota_page.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <zlib.h>

namespace updraft::web {
namespace {

std::string file() {
  std::ifstream in(UPDRAFT_SOURCE_DIR "/web/ota.html", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

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

std::string source(const std::string& text) {
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

TEST(OtaPage, OpensToTheFile) { EXPECT_EQ(gunzip(ota_page_gzip()), file()); }

TEST(OtaPage, KeepsItsBudget) { EXPECT_LT(ota_page_gzip().size(), kMaxOtaPageBytes); }

TEST(OtaPage, HasNoTimeInItsGzipHeader) {
  EXPECT_EQ(load_le32(ota_page_gzip(), 4), 0U);
  EXPECT_EQ(load_u8(ota_page_gzip(), 3), 0U);  // no name either
}

TEST(OtaPage, ItsPolicyIsTheOneOfTheSpecWithItsOwnHashes) {
  const std::string page = file();
  EXPECT_EQ(ota_page_policy(), "default-src 'none'; script-src " + source(inside(page, "script")) +
                                   "; style-src " + source(inside(page, "style")) +
                                   "; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                                   "frame-ancestors 'none'");
}

// What the policy would stop anyway, found before a browser has to: handlers and styles in
// attributes, foreign addresses, and ways to turn text from a device into markup or code.
TEST(OtaPage, DoesNothingThatItsPolicyForbids) {
  const std::string page = file();
  for (const char* bad :
       {R"(\son[a-z]+=)", R"(\sstyle=)", R"((src|href)=)", R"(https?://)", R"(@import|url\()",
        R"(innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function)"}) {
    std::smatch found;
    EXPECT_FALSE(std::regex_search(page, found, std::regex(bad)))
        << bad << ": ..." << found.str() << found.suffix().str().substr(0, 60);
  }
}

}  // namespace
}  // namespace updraft::web

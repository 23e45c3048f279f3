#include "protocols/pull/web_note.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

constexpr std::string_view kUrl = "https://updates.example/lamp/app.bin";

std::vector<std::byte> written(const WebNote& note) {
  std::vector<std::byte> bytes(kWebNoteBytes);
  bytes.resize(write_note(note, kUrl, bytes));
  return bytes;
}

WebNote sample() {
  WebNote note;
  note.meaning = WebNote::Meaning::installed;
  note.image.fill(std::byte{0xA5});
  note.file.etag = Text<kPullEtagBytes>(std::string_view("\"692ad3c0-186a0\""));
  note.file.modified = Text<kPullDateBytes>(std::string_view("Sun, 29 Nov 2026 10:00:00 GMT"));
  return note;
}

TEST(WebNote, ReadsWhatItWrote) {
  const auto note = read_note(written(sample()), kUrl);
  ASSERT_TRUE(note);
  EXPECT_EQ(note->meaning, WebNote::Meaning::installed);
  EXPECT_EQ(note->image, sample().image);
  EXPECT_EQ(note->file, sample().file);
  EXPECT_TRUE(read_note(written({}), kUrl)) << "a server that gives neither";
}

TEST(WebNote, TheLongestFits) {
  WebNote note = sample();
  note.file.etag = Text<kPullEtagBytes>(std::string_view(std::string(kPullEtagBytes, 'e')));
  note.file.modified = Text<kPullDateBytes>(std::string_view(std::string(kPullDateBytes, 'd')));
  EXPECT_EQ(read_note(written(note), kUrl)->file, note.file);
}

TEST(WebNote, OfAnotherUrlItIsNone) {
  EXPECT_FALSE(read_note(written(sample()), "https://updates.example/lamp/app2.bin"));
}

TEST(WebNote, DamagedOrCutItIsNone) {
  const std::vector<std::byte> sound = written(sample());
  for (std::size_t size = 0; size < sound.size(); ++size) {
    EXPECT_FALSE(read_note(Bytes(sound).first(size), kUrl)) << size;
  }
  for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
    std::vector<std::byte> bytes = sound;
    bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(read_note(bytes, kUrl)) << bit;
  }
}

}  // namespace
}  // namespace updraft::link

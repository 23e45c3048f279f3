#include "engine/format/json_reader.hpp"

#include <gtest/gtest.h>

namespace updraft::format {
namespace {

// Tokens as a line: {k:a n:1 [s:x ]}
class Recorder final : public JsonHandler {
 public:
  Result<> on_token(const JsonToken& token) override {
    static constexpr std::string_view kWords[] = {"{", "}", "[", "]", "k:", "s:", "n:", "l:"};
    line += kWords[static_cast<std::size_t>(token.kind)];
    line += token.text;
    if (token.kind == JsonToken::Kind::number) {
      line += token.whole ? std::to_string(token.number) : "?";
    }
    if (token.cut) line += "...";
    line += ' ';
    return refuse_at == line ? fail(Code::bad_path, Where::link) : Result<>{};
  }
  std::string line, refuse_at;
};

struct Row {
  std::string text, tokens;  // tokens "-": refused
};

std::string read(std::string_view text, std::size_t step) {
  Recorder recorder;
  JsonReader reader(recorder);
  while (!text.empty()) {
    const auto part = text.substr(0, step);
    if (!reader.push(as_bytes(part))) return "-";
    text.remove_prefix(part.size());
  }
  return reader.finish() ? recorder.line : "-";
}

TEST(JsonReader, ReadsAndRefusesInAnyPieces) {
  const Row rows[] = {
      {"{}", "{ } "},
      {" [ ] ", "[ ] "},
      {R"({"a": 1, "b": [true, null, "x"]})", "{ k:a n:1 k:b [ l:true l:null s:x ] } "},
      {R"("\"\\\/\b\f\n\r\t")", "s:\"\\/\b\f\n\r\t "},
      {R"("\u00fc\u20ac\ud83d\ude00A")",
       "s:\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80"
       "A "},
      {"\"\xC3\xBC\"", "s:\xC3\xBC "},
      {"0", "n:0 "},
      {"-0", "n:0 "},
      {"12 ", "n:12 "},
      {"[1,2]", "[ n:1 n:2 ] "},
      {"9007199254740992", "n:9007199254740992 "},
      {"-9007199254740992", "n:-9007199254740992 "},
      {"9007199254740993", "n:? "},
      {"1.5", "n:? "},
      {"1e3", "n:? "},
      {"-2.5E-3", "n:? "},
      {"[[[[]]]]", "[ [ [ [ ] ] ] ] "},
      {"[[[[[]]]]]", "-"},
      {"12345678901234567890", "-"},
      {"", "-"},
      {" ", "-"},
      {"{", "-"},
      {"[1", "-"},
      {"[1,]", "-"},
      {"[,1]", "-"},
      {"[1 2]", "-"},
      {"{\"a\"}", "-"},
      {"{\"a\":}", "-"},
      {"{\"a\":1,}", "-"},
      {"{a:1}", "-"},
      {"{1:1}", "-"},
      {"{}{}", "-"},
      {"{]", "-"},
      {"[}", "-"},
      {"]", "-"},
      {"\"a", "-"},
      {"\"\n\"", "-"},
      {"\"\\x\"", "-"},
      {"\"\\u12g4\"", "-"},
      {"\"\\ud83d\"", "-"},
      {"\"\\ud83dx\"", "-"},
      {"\"\\ud83d\\n\"", "-"},
      {"\"\\ude00\"", "-"},
      {"\"\\ud83d\\ud83d\"", "-"},
      {"01", "-"},
      {"-", "-"},
      {"1.", "-"},
      {".5", "-"},
      {"+1", "-"},
      {"1e", "-"},
      {"1-1", "-"},
      {"tru", "-"},
      {"truth", "-"},
      {"nul]", "-"},
      {"x", "-"},
      {"truefalse", "-"},
      {"\xEF\xBB\xBF{}", "-"}};
  for (const Row& row : rows) {
    for (const std::size_t step : {1u, 2u, 3u, 100u}) {
      EXPECT_EQ(read(row.text, step), row.tokens) << row.text << " by " << step;
    }
  }
}

TEST(JsonReader, CutsLongStringsAndSaysSo) {
  const std::string most(kJsonString, 'x');
  EXPECT_EQ(read("\"" + most + "\"", 7), "s:" + most + " ");
  EXPECT_EQ(read("\"" + most + "y\"", 7), "s:" + most + "... ");
  EXPECT_EQ(read("[\"" + std::string(100'000, 'x') + "\",1]", 1460), "[ s:" + most + "... n:1 ] ");
}

TEST(JsonReader, TellsWhereAndWhatItsHandlerSaid) {
  Recorder recorder;
  JsonReader reader(recorder);
  EXPECT_EQ(reader.push(as_bytes("[1,x")).error(), (Error{Code::protocol, Where::link, 3}));
  reader.reset();
  recorder.line.clear();
  recorder.refuse_at = "[ n:1 ";
  EXPECT_EQ(reader.push(as_bytes("[1,2]")).error().code, Code::bad_path);
}

}  // namespace
}  // namespace updraft::format

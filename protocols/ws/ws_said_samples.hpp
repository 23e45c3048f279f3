// What a WsDevice says, as it stands in the messages, and one word of the page.
#pragma once
#include <cstdint>
#include <string>

namespace updraft::samples::said {

inline const std::string kSetChunk = R"({"name":"otaSetChunkSize","value":8192})";
inline const std::string kFirst = R"({"name":"otaGetChunk","value":0})";
inline const std::string kEnd = R"({"name":"otaEnd","value":"OK" })";
inline const std::string kRestart = R"({"name":"otaRestartEsp","value":"restart"})";
inline const std::string kCancel = R"({"name":"otaCancel","value":"Cancel"})";
inline const std::string kCancelled = R"({"name":"otaCancel","value":"Cancel command"})";
inline const std::string kErrorWrite = R"({"name":"otaError","value":"Error write ota"})";
inline const std::string kErrorStart = R"({"name":"otaError","value":"Error start ota"})";

inline std::string next(std::uint64_t offset) {
  return R"({"name":"otaGetChunk","value": )" + std::to_string(offset) + " }";
}
inline std::string error(const std::string& text) {
  return R"({"name":"otaError","value":")" + text + "\"}";
}

}  // namespace updraft::samples::said

// What `inspect` found out about one thing: its report in both forms, and what a person can do.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace updraft::cli {

struct Finding {
  bool valid = true;
  boost::json::object json;
  std::vector<std::string> lines;
  std::vector<std::string> advice;  // in the order of least harm

  // A line with its word in front, aligned.
  void add(std::string_view word, std::string_view text) {
    lines.push_back(fmt::format("{:<10} {}", word, text));
  }
  void add(std::vector<std::string> more) {
    for (std::string& line : more) lines.push_back(std::move(line));
  }
};

// The advice goes last, and into JSON as well.
inline void finish(Finding& finding) {
  boost::json::array advice;
  for (const std::string& line : finding.advice) {
    finding.add(&line == finding.advice.data() ? "advice" : "", line);
    advice.push_back(boost::json::string(line));
  }
  if (!advice.empty()) finding.json["advice"] = std::move(advice);
  finding.json["valid"] = finding.valid;
}

}  // namespace updraft::cli

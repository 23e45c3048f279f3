// The output of a subcommand: JSON lines for machines or text for people, never both.
//
// With --json, standard output carries one object per line, flushed, and nothing else. Warnings and
// errors for people go to standard error in both modes. On a terminal, lines of either break
// between words, below their text.
//
// Texts may be made of anything: names of files, words of devices and servers. What would do
// something to a terminal or is no UTF-8 is spelled out (host::readable), and logins in URLs are
// left out.
#pragma once
#include <string_view>

#include <boost/json/object.hpp>

#include "updraft/result.hpp"

namespace updraft::cli {

// Exit statuses, as documented in the help.
enum Status : int {
  kOk = 0,
  kRefused = 1,  // judged and not accepted; also: inspect found something invalid
  kUsage = 2,    // the command line was not understood
  kFailed = 3,   // link, flash or file trouble; trying again may help
};

Status status_of(const Error& error);

class Console;

class Output {
 public:
  explicit Output(bool json) : json_(json) {}
  bool json() const { return json_; }
  void event(const boost::json::object& object) const;  // only with --json
  void line(std::string_view text) const;               // only without
  // A word in front, aligned: "boot      ota_0, demo 1.0.0"; only without --json.
  void item(std::string_view word, std::string_view text) const;

  static void warn(std::string_view text);  // "updraft: warning: ..."
  static void fail(std::string_view text);  // "updraft: ..."
  static void add(std::string_view text);   // what to do about it, on a line of its own
  static void ask(std::string_view question);
  // A command that ends before it had a result of its own: one object, and the same for people.
  static void failed(bool json, Status status, std::string_view code, std::string_view message);
  static void draw(std::string_view text);  // as it is, on standard output

  // From now on everything goes through `console`; nullptr: straight to the files.
  static void go_through(Console* console);
  static void flush();  // all that was said, before this process is ended

 private:
  bool json_;
};

// {"event":"result","result":"refused","code":"too_big","message":"..."}; ok has no code.
boost::json::object result_event(const Result<>& outcome);

// What to tell a person about an error: its sentence, and its numbers if they help.
std::string explain(const Error& error);

// "refused" or "failed", as events spell it.
std::string_view verdict_name(const Error& error);

}  // namespace updraft::cli

// Keeps a device at what one URL of a web server gives: asks now and then, fetches what is new,
// goes on where it was cut off, and comes to rest where nothing is new. For everybody who has a
// web server: an image, a package, or a package whose image stands beside it (docs/https.md;
// protocols/pull/SPEC.md).
//
//   WebPull pull(updater, {.url = "https://updates.example/lamp.bin", .scheme = kHttps}, &memory);
//   pull.start(now);
//   while (true) {
//     ... wait until pull.deadline() ...
//     if (const auto where = pull.turn(now)) {
//       connect(where->host, where->port, where->tls, pull.link());   // a Link, of one connection
//       ...
//       pull.closed(outcome, now);   // that connection is over, or never came about (unreachable)
//     }
//   }
//
// No socket, no clock, no heap. It reports to the engine alone, and tells its watcher what each
// question came to. One connection at a time; the engine's session outlives a cut for kPullHoldMs,
// so that nothing is sent twice; after that the slot itself remembers. RAM: 8 KB.
#pragma once
#include <cstdint>
#include <optional>

#include "engine/crypto/random.hpp"
#include "engine/suit/token.hpp"
#include "protocols/pull/poll_schedule.hpp"
#include "protocols/pull/web_fetch.hpp"
#include "protocols/pull/web_note.hpp"
#include "protocols/pull/web_questions.hpp"
#include "protocols/pull/web_reports.hpp"
#include "protocols/pull/web_route.hpp"

namespace updraft::link {

// Others may update the device again after so long a cut.
inline constexpr Millis kPullHoldMs{30'000};

class PullWatcher {
 public:
  enum class Outcome : std::uint8_t {
    unchanged,  // there is nothing new
    current,    // what came runs already, and is known from now on
    installed,  // the device should restart
    cut,        // it goes on soon
    failed,     // `why`
  };
  // `next`: how long until it asks again.
  virtual void asked(Outcome outcome, const Result<>& why, Millis next) = 0;
  // A fleet's server answered whether it has something newer; an error: that was no valid answer.
  virtual void on_fresh(const Result<Freshness>& /*token*/) {}
  // For so long there was no valid answer: somebody may keep releases from the device.
  virtual void on_stale(Millis /*since*/) {}

 protected:
  ~PullWatcher() = default;
};

class WebPull {
 public:
  struct Config {
    std::string_view url;     // outlives the machine, as do the next two
    std::string_view fields;  // of each request to the URL's own server, each with its CR LF
    Scheme scheme;            // kHttp or kHttps, as the URL says
    // The server of an https URL, and no other, proves the sender. The port verifies its
    // certificate.
    bool server_proves = false;
    Millis every = kPollEvery;
    Millis first_least{5'000}, first_most{65'000};  // from start() to the first question
    ImageName running{};                            // the image that runs
    FleetMember member = {};                        // for a URL that ends in /next
    WebReports* reports = nullptr;                  // likewise; nullptr: it tells nothing
  };
  // All outlive it. `memory` and `watcher` may be nullptr.
  WebPull(Intake& engine, const Config& config, WebMemory* memory, PullWatcher* watcher = nullptr,
          crypto::RandomSource random = &crypto::random_bytes);
  WebPull(const WebPull&) = delete;
  WebPull& operator=(const WebPull&) = delete;

  bool is_sound() const { return route_.is_sound(); }  // the URL is one; else nothing is asked
  void start(Instant now);
  void ask(Instant now);     // as soon as possible, whatever was refused before
  void report(Instant now);  // something happened: told at once, unless a question is on
  void stop() { next_.reset(); }
  bool is_asking() const {  // a question has no answer yet, or leads to another one
    return transfer_.has_value() || more_to_ask_;
  }

  bool is_reporting() const { return questions_.kind() == WebQuestions::Kind::report; }

  // When turn() has something to do; nullopt: a connection is on, or it was not started.
  std::optional<Instant> deadline() const;
  // Where to connect, now. The views stay until closed().
  std::optional<WebUrl> turn(Instant now);
  Link& link() { return *fetch_; }
  void closed(const Result<>& outcome, Instant now);

 private:
  void load_note();
  void save_note(WebNote::Meaning meaning);
  const WebValidators* known() const { return known_.empty() ? nullptr : &known_; }
  void begin_question();
  void end_question();
  void lead_home() { (void)route_.go_to(PackageFile::package, questions_.name()); }
  void ask_for(WebQuestions::Kind kind, Instant now);
  void key_set_taken(Instant now);
  void ask_aside(Instant now);
  void report_over(WebFetch::End end, const Error& why, Instant now);
  void back_to_update(bool at_once, Instant now);
  void token_over(WebFetch::End end, const Error& why, Instant now);
  void taken(Instant now);
  void follow(Instant now);
  void go_on(Instant now);
  void cut(const Error& why, Instant now);
  void trouble(const Error& why, Millis wait, Instant now);
  void by_engine(const Error& why, Instant now);
  void wait(PullWatcher::Outcome outcome, const Result<>& why, Millis next, Instant now);
  Millis next_after(Code code);
  Millis asked_for() const;

  Intake& engine_;
  Config config_;
  WebMemory* memory_;
  PullWatcher* watcher_;
  PollSchedule schedule_;
  WebRoute route_;
  WebQuestions questions_;
  bool answered_empty_ = false;  // the connection before this one brought nothing
  WebValidators known_;          // of the file that runs, or was refused
  ResponseHeadParser parser_;
  std::optional<WebTransfer> transfer_;  // over connections, if the engine has it
  std::optional<WebFetch> fetch_;
  std::optional<Instant> next_;
  bool asked_ = false;                 // while a connection was on
  std::optional<Instant> hold_until_;  // the session, between two connections
  Error cut_by_{Code::aborted, Where::link};
  bool more_to_ask_ = false;       // at once, for what the last answer said
  std::uint64_t had_key_set_ = 0;  // before it was asked for the next one
  std::optional<Instant> after_;   // when the update is asked for, while something else is
  std::array<std::byte, suit::kMaxTokenBytes> token_{};
};

}  // namespace updraft::link

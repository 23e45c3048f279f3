// Opens what the test asks for, and tells it what it hears.
#include <Updraft.h>
UPDRAFT_SKETCH("thermostat", "1.0.0");

extern "C" {
const char* test_word(const char* name);  // "": not asked for
void test_heard(const char* what);
}

static int number(const char* name) { return atoi(test_word(name)); }
static bool is_asked(const char* name) { return test_word(name)[0] != '\0'; }

void setup() {
  const UpdraftTrust trust = is_asked("signed") ? UPDRAFT_SIGNED : UPDRAFT_UNSIGNED;
  if (is_asked("page")) Updraft.page(81, test_word("page")).name("thermostat.local");
  if (is_asked("raw")) Updraft.raw(number("raw"), trust);
  if (is_asked("bundles")) Updraft.bundles(number("bundles"), "secret");
  if (is_asked("pull")) Updraft.pull(test_word("pull"), number("every"), trust);
  if (is_asked("web")) {
    const UpdraftTrust by_server = is_asked("server") ? UPDRAFT_SERVER : trust;
    Updraft.pullWeb(test_word("web"), number("every"), by_server, is_asked("ca") ? test_word("ca") : nullptr);
  }
  if (is_asked("elegant")) Updraft.elegant();
  if (is_asked("form")) Updraft.form();
  if (is_asked("arduino")) Updraft.arduino(number("arduino"), "secret");
  if (is_asked("esphome")) Updraft.esphome(number("esphome"), "secret");
  if (is_asked("mqtt")) Updraft.mqtt(test_word("mqtt"), trust);
  if (is_asked("sd")) Updraft.sd(test_word("sd"), trust);
  if (is_asked("uart")) Updraft.uart(5, 4, trust);
  if (is_asked("stream")) Updraft.uartStream(5, 4, trust);
  if (is_asked("compressed")) Updraft.compressed();
  if (is_asked("patches")) Updraft.patches();
  if (is_asked("refuse")) {
    Updraft.mayInstall([](const char* by, uint64_t) {
      test_heard(by);
      return false;
    });
  }
  if (is_asked("ill")) Updraft.isHealthy([] { return false; });
  if (is_asked("well")) Updraft.isHealthy([] { return true; });
  Updraft.onProgress([](uint64_t, uint64_t) { test_heard("progress"); });
  Updraft.onInstalled([](const char* version) { test_heard(version); });
  Updraft.onEnded([](const char* why) { test_heard(why); });
  Updraft.onRestart([] { test_heard("restart"); });
  test_heard(Updraft.begin() ? "begun" : Updraft.lastError());
  if (is_asked("twice")) test_heard(Updraft.begin() ? "begun" : Updraft.lastError());
  if (Updraft.onTrial()) test_heard("on trial");
  if (is_asked("keep")) test_heard(Updraft.confirm() ? "kept" : "not on trial");
  if (is_asked("back")) test_heard(Updraft.rollBack() ? "given up" : "not on trial");
}

void loop() {
  if (is_asked("handle")) {
    test_heard("loop");
    Updraft.handle();
  }
  if (is_asked("now")) {
    static bool asked = false;
    if (!asked) {
      asked = true;
      const UpdraftPulled pulled = Updraft.pullNow(nullptr, number("now"));
      test_heard(pulled == UPDRAFT_INSTALLED ? "installed"
                 : pulled == UPDRAFT_CURRENT ? "current"
                 : pulled == UPDRAFT_REFUSED ? "refused"
                 : pulled == UPDRAFT_LATE    ? "late"
                                             : "failed");
    }
  }
}

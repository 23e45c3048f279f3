// updraft: one program, a file or a folder for each subcommand.
#include <exception>

#include "updraft/version.hpp"

#include "cli/command.hpp"
#include "cli/doors.hpp"
#include "virtual_device/identity.hpp"

namespace updraft::cli {
namespace {
constexpr const char* kFooter =
    "Exit status: 0 done; 1 refused or invalid; 2 wrong usage; 3 failed, try again.\n"
    "\n"
    "Start here:\n"
    "  updraft image make --version 1.0.0 -o v1.bin\n"
    "  updraft device --state my-device --firmware v1.bin --raw 18000 --allow-unsigned\n"
    "and in a second terminal:\n"
    "  updraft image make --version 1.1.0 -o v2.bin\n"
    "  updraft push v2.bin raw://127.0.0.1:18000\n";
}  // namespace

int run_program(int argc, char** argv, AllDoors doors) {
  program_arguments() = argv;
  CLI::App app{"Updraft: over-the-air firmware updates for ESP32-class devices.", "updraft"};
  app.set_version_flag("--version", UPDRAFT_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);

  int status = kOk;
  add_device(app, status, std::move(doors.device));
  add_push(app, status, std::move(doors.push));
  add_confirm(app, status, std::move(doors.confirm));
  add_rollback(app, status, std::move(doors.rollback));
  add_serve(app, status, std::move(doors.serve));
  add_inspect(app, status);
  add_flash(app);
  add_image(app, status);
  add_encrypt(app, status);
  add_decrypt(app, status);
  add_delta(app, status);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  } catch (const Stop& stop) {
    Output::fail(stop.what());
    return stop.status;
  } catch (const host::Trouble& trouble) {
    Output::fail(trouble.what());
    return status_of(trouble);
  } catch (const device::Unusable& error) {
    Output::fail(error.what());
    return kRefused;
  } catch (const std::exception& error) {
    Output::fail(error.what());
    return kFailed;
  }
  return status;
}

}  // namespace updraft::cli

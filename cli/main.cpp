#include "cli/doors.hpp"

int main(int argc, char** argv) {
  return updraft::cli::run_program(argc, argv, updraft::cli::all_doors());
}

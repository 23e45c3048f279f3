/* Updates a co-processor: push DEVICE IMAGE. Build: cc push.c $(pkg-config --cflags --libs updraft-host) */
#include <stdio.h>
#include <updraft/host.h>

int main(int argc, char **argv) {
  updraft_ota *ota = NULL;
  char piece[4000], version[64] = "something";
  FILE *image = argc == 3 ? fopen(argv[2], "rb") : NULL;
  if (image == NULL) return fputs("usage: push DEVICE IMAGE\n", stderr), 2;
  int error = updraft_ota_open(argv[1], &ota);
  if (error == UPDRAFT_OK) error = updraft_ota_begin(ota);
  for (size_t size; error == UPDRAFT_OK && (size = fread(piece, 1, sizeof piece, image)) > 0;)
    error = updraft_ota_write(ota, piece, size);
  if (error == UPDRAFT_OK) error = updraft_ota_end(ota);
  if (error == UPDRAFT_OK) error = updraft_ota_wait_restart(ota, 30000, version, sizeof version);
  puts(error == UPDRAFT_OK ? version : updraft_ota_last_error(ota));
  return error == UPDRAFT_OK ? 0 : 1;
}

/* Updates a co-processor from the host beside it, over its serial device: the C door.
 *
 *   updraft_ota *ota;
 *   if (updraft_ota_open("/dev/esps0", &ota) == UPDRAFT_OK &&
 *       updraft_ota_begin(ota) == UPDRAFT_OK &&
 *       updraft_ota_write(ota, image, size) == UPDRAFT_OK && updraft_ota_end(ota) == UPDRAFT_OK)
 *     puts("it restarts in 5 s");
 *   else
 *     puts(updraft_ota_last_error(ota));
 *   updraft_ota_close(ota);
 *
 * Every call blocks until the device has answered or its time is up, and may be made from any
 * thread; calls with one handle wait for each other. A progress callback may not use its handle:
 * UPDRAFT_ERR_ORDER. A handle is a number and is never dereferenced: one
 * that is NULL, or was closed, gives UPDRAFT_ERR_HANDLE, always. A call in the wrong order gives
 * UPDRAFT_ERR_ORDER and sends nothing.
 *
 * Link with: pkg-config --cflags --libs updraft-host. What stands here keeps its meaning; names and
 * numbers may be added. */
#ifndef UPDRAFT_HOST_H
#define UPDRAFT_HOST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct updraft_ota updraft_ota;

enum updraft_error {
  UPDRAFT_OK = 0,
  UPDRAFT_ERR_ARGUMENT = 1,     /* NULL, or an invalid target or size */
  UPDRAFT_ERR_HANDLE = 2,       /* this handle is not open */
  UPDRAFT_ERR_ORDER = 3,        /* write or end without begin, or after a failure */
  UPDRAFT_ERR_REFUSED = 4,      /* the device said no; its console shows why */
  UPDRAFT_ERR_TIMEOUT = 5,      /* the device did not answer in time */
  UPDRAFT_ERR_UNREACHABLE = 6,  /* the device cannot be opened */
  UPDRAFT_ERR_BUSY = 7,         /* another process has the device */
  UPDRAFT_ERR_LOST = 8,         /* the device went away, or restarted in the middle */
  UPDRAFT_ERR_PROTOCOL = 9,     /* what it said makes no sense */
  UPDRAFT_ERR_SOURCE = 10,      /* the file or URL cannot be read to its end */
  UPDRAFT_ERR_STOPPED = 11,     /* the progress callback said so */
  UPDRAFT_ERR_EMPTY = 12,       /* end, and nothing was written */
  UPDRAFT_ERR_MEMORY = 13
};

/* One sentence for a number above; never NULL. */
const char *updraft_ota_error_text(int error);

/* Opens a serial device, "/dev/esps0" or "control:/dev/esps0", for this process alone. If it
 * fails, *ota is NULL. */
int updraft_ota_open(const char *device, updraft_ota **ota);

/* Closes it; a session that is open is given up. */
int updraft_ota_close(updraft_ota *ota);

/* Starts an update; one that is open is started anew. */
int updraft_ota_begin(updraft_ota *ota);

/* Any number of bytes, in order. They are sent in pieces of 4000, so a refusal may come with a later
 * call. After an error nothing but begin is possible. */
int updraft_ota_write(updraft_ota *ota, const void *bytes, size_t size);

/* UPDRAFT_OK: the device has verified the image and restarts into it in 5 s. */
int updraft_ota_end(updraft_ota *ota);

/* Gives the session up; the device keeps what it runs. */
int updraft_ota_abort(updraft_ota *ota);

/* What runs there, "FG-1.0.0.0.0", cut at `size` and ended with NUL. Old firmware does not answer. */
int updraft_ota_version(updraft_ota *ota, char *text, size_t size);

/* After end: until the device is up again, and what runs then. `text` may be NULL. */
int updraft_ota_wait_restart(updraft_ota *ota, unsigned milliseconds, char *text, size_t size);

/* After each piece: bytes sent, and of how many (0: not known). Anything but 0 stops the update. */
typedef int (*updraft_ota_progress)(uint64_t sent, uint64_t total, void *context);

/* begin, write and end with all of a file or of an http(s) URL, which is never stored. `cafile`: PEM
 * of the authority for https servers, NULL: the system's; `insecure`: not 0: any certificate. */
int updraft_ota_push(updraft_ota *ota, const char *path_or_url, const char *cafile, int insecure,
                     updraft_ota_progress progress, void *context);

/* What went wrong last with this handle (NULL: with the last open of this thread), with its details.
 * Stays until the next call of this thread. */
const char *updraft_ota_last_error(updraft_ota *ota);

/* "0.1.0" */
const char *updraft_ota_library_version(void);

#ifdef __cplusplus
}
#endif
#endif

/* core/base/log.h: lines on standard error
 *
 * A log must never stop a server: if standard error is a full pipe, and its reader sleeps, lines
 * are lost instead; on a terminal that stands still, also the rest of a line. Bytes from clients
 * and from the command line are escaped before they are printed.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* One line, "<model>: <message>", written at once. At most 1 KiB; longer lines are cut. */
void log_line(const char *model, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For texts of other people: everything but printable UTF-8 comes out as \xHH. Ends with a NUL,
 * and cuts at size bytes. Returns to. */
const char *log_escape(char *to, size_t size, const char *bytes, size_t len);

#endif

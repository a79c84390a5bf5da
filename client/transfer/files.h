/* client/transfer/files.h: which files the words after get, put, list and sum mean */
#ifndef CLIENT_FILES_H
#define CLIENT_FILES_H

#include "app/app.h"
#include "app/argv_split.h"

/* The commands. */
enum app_status files_list(struct app *app, const struct argv *argv);
enum app_status files_get(struct app *app, const struct argv *argv);
enum app_status files_sum(struct app *app, const struct argv *argv);
enum app_status files_put(struct app *app, const struct argv *argv);
enum app_status files_lcd(struct app *app, const struct argv *argv);
enum app_status files_lls(struct app *app, const struct argv *argv);

#endif

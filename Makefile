# Six Ways to Serve. `make help` lists the targets.
#
# One Makefile for everything: headers are tracked (-MMD), make -j works. What is built with a
# sanitizer or with another compiler goes into a folder of its own under build/, so nothing has to
# be cleaned in between.

CC      := gcc
SAN     :=
OPT     := -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wconversion
WERROR  :=
V       :=
CFLAGS  :=
PREFIX  := /usr/local
DESTDIR :=
MODELS  := 01_loop 02_fork 03_thread 04_select 05_poll 06_epoll

# One word a step; V=1 shows the commands.
Q       := $(if $(V),,@)
say     = $(if $(V),,@echo '  $1')

# ---- where things go ----

comma   := ,
VARIANT := $(notdir $(CC))$(addprefix -,$(subst $(comma),-,$(SAN)))
BUILD   := build/$(VARIANT)
# the servers stand in their folders, those of another variant in a copy of the folders
P       := $(if $(filter gcc,$(VARIANT)),,$(BUILD)/)

FLAGS   := -std=c11 -D_GNU_SOURCE $(OPT) $(WARN) $(if $(WERROR),-Werror) \
           $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) \
           $(if $(findstring undefined,$(SAN)),-fno-sanitize-recover=undefined) \
           -Icore -pthread $(CFLAGS)

# a thread of 03_thread has a stack of 256 KiB: what servers are made of keeps its locals small. A sanitizer's
# frames are larger
STACK_MOST := 20480
STACK_USE  := $(if $(SAN),,$(if $(findstring clang,$(CC)),-Wframe-larger-than=,-Wstack-usage=)$(STACK_MOST))

server  = $1/$(word 2,$(subst _, ,$1))-server
SERVERS := $(foreach m,$(MODELS),$(P)$(call server,$m))
objects = $(patsubst %.c,$(BUILD)/%.o,$1)

# ---- what a server is made of ----

ONE_THREAD := $(wildcard core/clients.c core/turn.c core/room_ring.c core/room_read.c core/sync_none.c)
RING       := core/room_ring.c core/room_read.c core/deliver.c
SYNC       := core/sync_none.c core/sync_thread.c core/sync_process.c
CORE       := $(filter-out $(ONE_THREAD) $(RING) $(SYNC),$(wildcard core/*.c))

EXTRA_01_loop   := core/room_ring.c core/room_read.c core/sync_none.c
EXTRA_02_fork   := $(RING) core/sync_process.c
EXTRA_03_thread := $(RING) core/sync_thread.c
EXTRA_04_select := $(ONE_THREAD)
EXTRA_05_poll   := $(ONE_THREAD)
EXTRA_06_epoll  := $(ONE_THREAD)

# ---- what the client is made of ----

CLIENT      := $(P)client/lab-client
CLIENT_LIB  := $(P)client/liblab.a
LIB_OBJECTS := $(call objects,$(wildcard client/lab*.c) client/visible.c core/proto.c core/utf8.c core/clock.c)
APP_OBJECTS := $(call objects,$(filter-out client/lab%.c,$(wildcard client/*.c)))

# ---- what the load generator is made of; the other programs of bench/ are a file or two each ----

LAB_BENCH     := $(P)bench/lab-bench
BENCH_ALONE   := bench/floor.c bench/sendways.c $(wildcard bench/ratio*.c)
BENCH_OBJECTS := $(call objects,$(filter-out $(BENCH_ALONE),$(wildcard bench/*.c)) core/clock.c core/utf8.c)

.PHONY: all
all: $(SERVERS) $(CLIENT) $(LAB_BENCH) $(P)bench/floor $(P)bench/ratio ## build everything

define server_rule
$(P)$(call server,$1): $(call objects,$1/server.c $(CORE) $(EXTRA_$1))
	@mkdir -p $$(@D)
	$$(call say,LD $$@)
	$$(Q)$$(CC) $$(FLAGS) -o $$@ $$^
endef
$(foreach m,$(MODELS),$(eval $(call server_rule,$m)))

$(CLIENT_LIB): $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(call say,AR $@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(CLIENT): $(APP_OBJECTS) $(CLIENT_LIB)
	$(call say,LD $@)
	$(Q)$(CC) $(FLAGS) -o $@ $^ -ledit

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(FLAGS) $(OWN_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/core/%.o $(BUILD)/0%.o: OWN_FLAGS := $(STACK_USE)
$(BUILD)/bench/%.o: OWN_FLAGS := -DBUILT_BY='"$(CC) $(OPT) $(SAN)"'

$(LAB_BENCH): $(BENCH_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LD $@)
	$(Q)$(CC) $(FLAGS) -o $@ $^ -lm

$(P)bench/floor: $(call objects,bench/floor.c)
	@mkdir -p $(@D)
	$(call say,LD $@)
	$(Q)$(CC) $(FLAGS) -o $@ $^

$(P)bench/ratio: $(call objects,$(wildcard bench/ratio*.c) $(addprefix bench/,network.c scratch.c server.c server_end.c stop.c))
	@mkdir -p $(@D)
	$(call say,LD $@)
	$(Q)$(CC) $(FLAGS) -o $@ $^

$(P)bench/sendways: $(call objects,bench/sendways.c)
	@mkdir -p $(@D)
	$(call say,LD $@)
	$(Q)$(CC) $(FLAGS) -o $@ $^

# ---- tests: unit tests, conformance, faults, fuzzing, chaos, mutants ----

include tests/tests.mk

# ---- measuring ----

.PHONY: bench bench-full report self-check
FOLDER = $(lastword $(sort $(wildcard bench/out/*/)))

bench: all ## measure all experiments, small (4 minutes); charts and a report in bench/out/<time>
	$(LAB_BENCH) run all --small

bench-full: all ## the same with all points, for publication (45 minutes)
	$(LAB_BENCH) run all --full

report: $(LAB_BENCH) ## draw charts and report again, without measuring: FOLDER=bench/out/<time>, or the newest
	$(LAB_BENCH) report $(FOLDER)

self-check: all ## is the load generator to be trusted on this machine?
	$(LAB_BENCH) --self-check

# ---- reading, formatting, checking ----

.PHONY: diff format lint
diff: ## show two servers side by side without comments: make diff A=05 B=06
	@tests/tools/side-by-side "$(A)" "$(B)"

SOURCES := $(wildcard core/*.[ch] 0*/*.c bench/*.[ch] client/*.[ch] tests/*/*.[ch])

format: ## format all sources
	clang-format -i $(SOURCES)

lint: ## check format, then clang-tidy and cppcheck
	@clang-format --dry-run --Werror $(SOURCES)
	@printf '%s\n' $(filter %.c,$(SOURCES)) | xargs -P2 -I{} clang-tidy --quiet --warnings-as-errors='*' {} -- \
	    -std=c11 -D_GNU_SOURCE -Icore -Iclient -Ibench -Itests/support -Itests/unit -DBUILT_BY='"lint"'
	@cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
	    --inline-suppr --suppress=missingIncludeSystem -D_GNU_SOURCE -Icore -Iclient $(filter %.c,$(SOURCES))

# ---- the rest ----

.PHONY: install uninstall clean deps deps-dev help
INSTALLED = $(foreach m,$(MODELS),$(notdir $(call server,$m)))

install: all ## install servers, client and its library, lab-bench under PREFIX (default /usr/local), inside DESTDIR
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin include lib share/man/man1)
	install -m 755 $(SERVERS) $(CLIENT) $(LAB_BENCH) $(DESTDIR)$(PREFIX)/bin
	install -m 644 client/lab.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $(CLIENT_LIB) $(DESTDIR)$(PREFIX)/lib
	install -m 644 client/lab-client.1 bench/lab-bench.1 $(DESTDIR)$(PREFIX)/share/man/man1

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(INSTALLED)) \
	    $(addprefix $(DESTDIR)$(PREFIX)/,bin/lab-client bin/lab-bench include/lab.h lib/liblab.a) \
	    $(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,lab-client.1 lab-bench.1)

clean: ## remove all that was built
	rm -rf build $(foreach m,$(MODELS),$(call server,$m)) client/lab-client client/liblab.a \
	    bench/lab-bench bench/floor bench/ratio bench/sendways

PACKAGES     := gcc libc6-dev libcmocka-dev libedit-dev gnuplot-nox
PACKAGES_DEV := clang llvm clang-format clang-tidy cppcheck strace spin valgrind

deps: ## install what building and testing needs (Debian), where it is missing
	@tests/tools/deps $(PACKAGES)

deps-dev: deps ## install also what lint, format, fuzz, coverage, races, model and the second compiler need
	@tests/tools/deps $(PACKAGES_DEV)

help: ## print this
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | \
	    awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

.SECONDARY:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

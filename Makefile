# Six Ways to Serve. `make help` lists the targets.
#
# One Makefile for everything: headers are tracked (-MMD), make -j works. What is built with a
# sanitizer or with another compiler goes into a folder of its own under build/, so nothing has to
# be cleaned in between.

# CC, CFLAGS, CPPFLAGS, LDFLAGS, LDLIBS and AR are those of the command line or the environment, if
# set there
ifneq ($(filter default undefined,$(origin CC))$(if $(strip $(CC)),,empty),)
CC       := gcc
endif
SAN      :=
OPT      := $(if $(SAN),-O1 -g1,-O2 -g)
# with -O1 and a sanitizer gcc no longer knows how small some numbers are; the plain build warns
WARN     := -Wall -Wextra -Wshadow -Wconversion \
            $(if $(SAN),$(if $(findstring clang,$(CC)),,-Wno-format-truncation))
WERROR   :=
V        :=
PREFIX   ?= /usr/local
DESTDIR  ?=
MODELS   := 01_loop 02_fork 03_thread 04_select 05_poll 06_epoll

# One word a step; V=1 shows the commands.
Q       := $(if $(V),,@)
say     = $(if $(V),,@echo '  $1')

# One word for the shell, whatever is in it.
quote   = '$(subst ','\'',$1)'

# path VARIABLE: a path as it was typed, with blanks, quotes and dollars; but $$, $(NAME) and
# ${NAME} are make's, and ~/ at its beginning is the home folder, also if the shell has left it to
# us.
DOLLARS := $$( $${ $$$$
typed   = $(if $(strip $(foreach d,$(DOLLARS),$(findstring $d,$(value $1)))),$($1),$(value $1))
path    = $(subst <~>,,$(subst <~>~/,$(value HOME)/,<~>$(typed)))

# ---- where things go ----

comma   := ,
blank   := $(subst ,, )
# the compiler's name, and options in CC; a name in front of it (ccache gcc) makes no other compiler
COMPILER := $(shell printf %s $(call quote,$(notdir $(filter-out ccache distcc,$(CC)))) | \
              tr -c 'A-Za-z0-9_.+-' -)
VARIANT := $(COMPILER)$(addprefix -,$(subst $(comma),-,$(SAN)))
BUILD   := build/$(VARIANT)
# the servers stand in their folders, those of another variant in a copy of the folders
P       := $(if $(filter build/gcc,$(BUILD)),,$(BUILD)/)

FLAGS   := -std=c11 -D_GNU_SOURCE $(OPT) $(WARN) $(if $(WERROR),-Werror) \
           $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) \
           $(if $(findstring undefined,$(SAN)),-fno-sanitize-recover=undefined) \
           -Icore -pthread $(CPPFLAGS) $(CFLAGS)

# A thread of 03_thread has a stack of 256 KiB: what servers are made of keeps its locals small. The
# frames of a sanitizer are larger.
STACK_MAX := 20480
STACK_WARN := $(if $(findstring clang,$(CC)),-Wframe-larger-than=,-Wstack-usage=)
STACK_USE  := $(if $(SAN),,$(STACK_WARN)$(STACK_MAX))

# What was compiled or linked by other commands is built again: everything depends on a file that
# holds them.
COMMANDS := $(strip $(CC) $(FLAGS) $(STACK_USE) $(LDFLAGS) $(LDLIBS) $(AR))
STAMP    := $(BUILD)/commands

# -z now: addresses of library functions are looked up at the start. Otherwise each child of 02_fork
# looks up those that it calls.
define link # link LIBRARIES: from the objects and libraries among the prerequisites
@mkdir -p $(@D)
$(call say,LD $@)
$(Q)$(CC) $(FLAGS) -Wl,-z,now $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $1 $(LDLIBS)
endef

define link_shared # link_shared OPTIONS: a library to be preloaded, from one source
@mkdir -p $(@D)
$(call say,LD $@)
$(Q)$(CC) $(FLAGS) $(LDFLAGS) $1 -fPIC -shared -o $@ $(filter %.c,$^) -ldl $(LDLIBS)
endef

server  = $1/$(word 2,$(subst _, ,$1))-server
minimal = $1/$(word 2,$(subst _, ,$1))-minimal
SERVERS  := $(foreach m,$(MODELS),$(P)$(call server,$m))
MINIMALS := $(foreach m,$(MODELS),$(P)$(call minimal,$m))
objects = $(patsubst %.c,$(BUILD)/%.o,$1)

# ---- what a server is made of ----

ROOM       := $(addprefix core/chat/room_,ring.c speak.c read.c write.c)
ONE_THREAD := $(wildcard core/turn/*.c $(ROOM) core/shared/sync_none.c)
RING       := $(ROOM) $(addprefix core/blocking/,membership.c acceptor.c connection.c)
SYNC       := $(addprefix core/shared/,sync_none.c sync_thread.c sync_process.c) \
              core/files/catalog_process.c \
              $(addprefix core/blocking/,children.c threads.c loop.c)
CORE       := $(filter-out $(ONE_THREAD) $(RING) $(SYNC),$(wildcard core/*/*.c))

EXTRA_01_loop   := $(ROOM) core/blocking/loop.c core/shared/sync_none.c
EXTRA_02_fork   := $(RING) core/shared/sync_process.c core/files/catalog_process.c \
                   core/blocking/children.c
NOT_02_fork     := core/files/catalog.c
EXTRA_03_thread := $(RING) core/shared/sync_thread.c core/blocking/threads.c
EXTRA_04_select := $(ONE_THREAD)
EXTRA_05_poll   := $(ONE_THREAD)
EXTRA_06_epoll  := $(ONE_THREAD)

# ---- what the client is made of ----

CLIENT      := $(P)client/lab-client
CLIENT_LIB  := $(P)client/liblab.a
LIB_OBJECTS := $(call objects,$(wildcard client/lib/*.c) core/protocol/proto.c core/base/utf8.c \
                 core/base/clock.c)
CATALOGUES  := $(if $(shell command -v msgfmt 2>/dev/null),$(wildcard client/po/*.po))
MESSAGES    := $(CATALOGUES:client/po/%.po=$(P)client/locale/%/LC_MESSAGES/lab-client.mo)
APP_OBJECTS := $(call objects,$(filter-out client/lib/%,$(wildcard client/*.c client/*/*.c)))

# ---- what the load generator is made of; the bare server is a program of its own ----

LAB_BENCH     := $(P)bench/lab-bench
BENCH_ALONE   := $(wildcard bench/baselines/*.c)
BENCH_OBJECTS := $(call objects,$(filter-out $(BENCH_ALONE),$(wildcard bench/*.c bench/*/*.c)) \
                   $(addprefix core/base/,array.c clock.c descriptors.c log.c utf8.c)) \
                 $(BUILD)/bench/texts/texts.o

.PHONY: all
all: servers client $(LAB_BENCH) $(P)bench/baseline ## build everything

# the folders' own Makefiles ask for these
.PHONY: servers client bench-programs $(MODELS) $(addprefix run-,$(MODELS))
servers: $(MODELS) ## build the six servers only, and the minimal ones: they need libmd-dev
client: $(CLIENT) $(CLIENT_LIB) $(MESSAGES)
bench-programs: $(LAB_BENCH) $(P)bench/baseline

# libmd.a, not the shared library: fork copies each mapping of the process.
define server_rule
$(P)$(call server,$1): $(call objects,$1/server.c $(filter-out $(NOT_$1),$(CORE)) $(EXTRA_$1))
	$$(call link,-l:libmd.a)
$(P)$(call minimal,$1): $(call objects,$1/minimal.c)
	$$(link)
$1: $(P)$(call server,$1) $(P)$(call minimal,$1)
run-$1: $1
	$(P)$(call server,$1) -d library
endef
$(foreach m,$(MODELS),$(eval $(call server_rule,$m)))

$(CLIENT_LIB): $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(call say,AR $@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

# without msgfmt (Debian: gettext) the client is built, and its messages are English
$(P)client/locale/%/LC_MESSAGES/lab-client.mo: client/po/%.po
	@mkdir -p $(@D)
	$(call say,MO $@)
	$(Q)msgfmt --check-format --output-file=$@ $<

$(CLIENT): $(APP_OBJECTS) $(CLIENT_LIB) | $(MESSAGES)
	$(call link,-lmd)

ifneq ($(file <$(STAMP)),$(COMMANDS))
.PHONY: $(STAMP)
endif
$(STAMP):
	@mkdir -p $(@D)
	@printf '%s\n' $(call quote,$(COMMANDS)) >$@

# In a handout (make handout) functions of some sources are empty: they are exercises. Beside such a
# source lies an object of ours, which stands for it; one more for the thread sanitizer.
$(BUILD)/%.o: %$(if $(filter thread,$(SAN)),-thread).obj
	@mkdir -p $(@D)
	$(call say,CP $<)
	$(Q)cp $< $@

$(BUILD)/%.o: %.c $(STAMP)
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(FLAGS) $(OWN_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/core/%.o $(BUILD)/0%.o: OWN_FLAGS := $(STACK_USE)
$(BUILD)/client/%.o: OWN_FLAGS := -Iclient
BUILT_BY := $(subst ",\",$(subst \,\\,$(strip $(CC) $(OPT) $(CFLAGS) $(SAN))))
$(BUILD)/bench/%.o: OWN_FLAGS := -Ibench $(call quote,-DBUILT_BY="$(BUILT_BY)")

# the texts are in the program
$(BUILD)/bench/texts/texts.o: bench/texts/texts.S $(wildcard bench/texts/*) $(STAMP)
	@mkdir -p $(@D)
	$(call say,AS $<)
	$(Q)$(CC) $(FLAGS) -c -o $@ $<

$(LAB_BENCH): $(BENCH_OBJECTS)
	$(call link,-lm -lmd)

$(P)bench/baseline: $(call objects,$(BENCH_ALONE) core/base/descriptors.c)
	$(link)

# ---- the examples of docs/notes ----

NOTES := $(patsubst docs/notes/examples/%.c,$(BUILD)/notes/%,$(wildcard docs/notes/examples/*.c))
.PHONY: notes
notes: $(NOTES) ## build the examples of docs/notes

$(BUILD)/notes/%: $(BUILD)/docs/notes/examples/%.o
	$(link)

# ---- tests: unit tests, conformance, faults, fuzzing, chaos, mutants ----

include tests/tests.mk
include tests/long.mk
-include labs/labs.mk # not in the copies that make mutants builds
-include site/site.mk

# ---- measuring ----

.PHONY: bench bench-full report self-check timeline

bench: all ## measure all experiments, small (4 minutes); charts and a report in bench/out/<time>
	$(LAB_BENCH) run all --small --timeline

bench-full: all ## the same with all points, for publication (60 minutes)
	$(LAB_BENCH) run all --full --timeline

report: $(LAB_BENCH) ## draw charts and report again: of FOLDER=bench/out/<time>, or the newest
	@folder=$(call quote,$(call path,FOLDER)); \
	[ -n "$$folder" ] || folder=$$(ls -d bench/out/*/ 2>/dev/null | tail -n 1); \
	[ -n "$$folder" ] || { echo "report: nothing has been measured yet (make bench)" >&2; exit 2; }; \
	$(LAB_BENCH) report "$$folder"

timeline: ## draw who waits for what in the six servers, from traces (45 s): docs/timeline
timeline: $(SERVERS) $(LAB_BENCH)
	$(LAB_BENCH) timeline

self-check: all ## is the load generator to be trusted on this machine?
	$(LAB_BENCH) --self-check

# ---- reading, formatting, checking ----

.PHONY: diff format lint
diff: ## show what differs between two models: make diff A=4 B=5; FILE=minimal compares minimal.c
	@tests/tools/side-by-side $(call quote,$(A)) $(call quote,$(B)) $(call quote,$(FILE))

SOURCES := $(wildcard core/*/*.[ch] 0*/*.c bench/*.[ch] bench/*/*.[ch]) \
           $(wildcard client/*.[ch] client/*/*.[ch]) \
           $(wildcard docs/notes/examples/*.c labs/*/solution/*.[ch] labs/grader/observers/*.[ch]) \
           $(filter-out tests/labs/%,$(wildcard tests/*/*.[ch] tests/*/*/*.[ch]))
TEST_ROOMS := $(sort $(dir $(wildcard tests/*/*.h tests/*/*/*.h)))

format: ## format all sources
	clang-format -i $(SOURCES)

# The analyzer ends a function after so many states; few have more, and these take most of its time.
LINT_DEPTH := $(if $(DEEP),,-Xclang -analyzer-config -Xclang max-nodes=20000)

# The warnings of the compiler are clang's here, so every source is compiled by both. A process of
# clang-tidy takes longer to start than most files take it: it gets twelve; but what has a variable
# number of arguments is looked at alone, since clang-tidy 14 takes a va_list in a process's second
# file for uninitialized.
LINT_FLAGS := -std=c11 -D_GNU_SOURCE $(WARN) -Icore -Iclient -Ibench \
              $(addprefix -iquote,$(TEST_ROOMS)) -DBUILT_BY=\"lint\" $(LINT_DEPTH)
tidy = xargs -r -n $1 -P$$(nproc) \
       sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(LINT_FLAGS)' clang-tidy

lint: ## check the format, then clang-tidy and cppcheck; DEEP=1: all that the analyzer can see
	@clang-format --dry-run --Werror $(SOURCES)
	@grep -Lw va_start $(filter %.c,$(SOURCES)) | $(call tidy,12)
	@grep -lw va_start $(filter %.c,$(SOURCES)) | $(call tidy,1)
	@cppcheck -j$$(nproc) --quiet --error-exitcode=1 --std=c11 --inline-suppr \
	    --enable=warning,performance,portability --suppress=missingIncludeSystem \
	    -D_GNU_SOURCE -Icore -Iclient $(filter %.c,$(SOURCES))

# ---- the rest ----

.PHONY: install uninstall clean deps deps-dev deps-nightly deps-peers help
INSTALLED := $(MESSAGES:$(P)client/%=share/%) bin/lab-client bin/lab-bench \
             $(addprefix bin/,$(notdir $(SERVERS))) include/lab.h lib/liblab.a \
             share/man/man1/lab-client.1 share/man/man1/lab-bench.1

INTO  = $(if $(DESTDIR),$(call path,DESTDIR)$(if $(filter /% ~/%,$(PREFIX)),,/))$(call path,PREFIX)
under = $(call quote,$(INTO)/$1)

install: all ## install servers, client, library, lab-bench under PREFIX (/usr/local), in DESTDIR
	install -d $(foreach folder,bin include lib share/man/man1,$(call under,$(folder)))
	install -m 755 $(SERVERS) $(CLIENT) $(LAB_BENCH) $(call under,bin)
	install -m 644 client/lib/lab.h $(call under,include)
	install -m 644 $(CLIENT_LIB) $(call under,lib)
	install -m 644 client/lab-client.1 bench/lab-bench.1 $(call under,share/man/man1)
	set -e; $(foreach file,$(MESSAGES),\
	    install -D -m 644 $(file) $(call under,$(file:$(P)client/%=share/%));)

uninstall: ## remove what install put there
	rm -f $(foreach file,$(INSTALLED),$(call under,$(file)))

clean: ## remove all that was built
	rm -rf build $(foreach m,$(MODELS),$(call server,$m) $(call minimal,$m)) \
	    client/lab-client client/liblab.a client/locale bench/lab-bench bench/baseline

PACKAGES     := gcc libc6-dev libmd-dev libcmocka-dev gnuplot-nox python3 gettext \
                strace netcat-openbsd iproute2 procps
PACKAGES_DEV := clang llvm clang-format clang-tidy cppcheck spin valgrind musl-tools linux-libc-dev
PACKAGES_PEERS := redis-server nginx-light
PACKAGES_NIGHTLY := gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user

deps: ## install what building and testing needs (Debian), if it is missing
	@tests/tools/deps $(PACKAGES)

deps-dev: deps ## install also what lint, fuzz, coverage, races, model, musl, clang builds need
	@tests/tools/deps $(PACKAGES_DEV)

deps-nightly: deps-dev deps-site-check ## install also what make aarch64 and site-check need
	@tests/tools/deps $(PACKAGES_NIGHTLY)

deps-peers: ## install what lab-bench run --peers measures besides: redis and nginx
	@tests/tools/deps $(PACKAGES_PEERS)

help: ## print this
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | \
	    awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

.SECONDARY:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

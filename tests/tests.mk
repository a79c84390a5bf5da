# tests/tests.mk: the part of the Makefile that builds and runs tests; names and variables are those
# of the Makefile above, and paths begin there.

# ---- programs ----

SUPPORT     := $(call objects,$(wildcard tests/support/*.c tests/support/*/*.c))
CONFORMANCE := $(BUILD)/tests/conformance/conformance
ORACLE      := $(BUILD)/tests/oracle/oracle
# the tests of a room of core/ are in a room of the same name; their programs are in no room
UNIT_TESTS  := $(wildcard tests/unit/*/test_*.c)
UNIT_ALL    := $(patsubst test_%.c,%,$(notdir $(UNIT_TESTS)))
UNIT_NAMES  := $(UNIT_ALL)
UNITS       := $(addprefix $(BUILD)/tests/unit/test_,$(UNIT_NAMES))
# linked only into the tests that name them below
UNIT_PARTS  := $(addprefix tests/unit/,\
                 $(addprefix chat/,ring.c ring_scene.c reading.c) files/listing_fixture.c \
                 $(addprefix session/,outbox_model.c session_fixture.c party.c) \
                 $(addprefix turn/,clients_fixture.c turns.c turn_peers.c))
UNIT_SHARED := $(filter-out $(UNIT_TESTS) $(UNIT_PARTS),$(wildcard tests/unit/*.c tests/unit/*/*.c))
UNIT_COMMON := $(call objects,$(UNIT_SHARED))
UNIT_ROOMS  := $(sort $(dir $(wildcard tests/unit/*.h tests/unit/*/*.h)))

FUZZ     := core client bench
CORPUSES := $(addprefix $(BUILD)/tests/fuzz/corpus_,$(FUZZ))

# tests/client/ROOM/test_NAME.c becomes the program tests/client/test_NAME; the same in tests/bench
in_rooms = $(foreach s,$1,$(BUILD)/tests/$(word 2,$(subst /, ,$s))/$(basename $(notdir $s)))

CLIENT_SOURCES := $(wildcard tests/client/*/test_*.c)
CLIENT_TESTS   := $(call in_rooms,$(CLIENT_SOURCES))
CLIENT_COMMON  := $(call objects,$(filter-out $(CLIENT_SOURCES),$(wildcard tests/client/*/*.c)) \
                    tests/unit/unit.c) $(filter-out %/main.o,$(APP_OBJECTS)) $(SUPPORT)

# each folder of tests sees what it tests, and what all of them share
SHARED := $(addprefix -Itests/,support support/server support/wire unit)
$(BUILD)/tests/%.o: OWN_FLAGS := $(SHARED)
$(BUILD)/tests/client/%.o: OWN_FLAGS := -Iclient -Itests/client/harness $(SHARED)
$(BUILD)/tests/bench/%.o: OWN_FLAGS := -Ibench -Itests/bench/harness $(SHARED)
$(BUILD)/tests/conformance/%.o: OWN_FLAGS := -Itests/conformance $(SHARED)

BENCH_SOURCES := $(wildcard tests/bench/*/test_*.c)
BENCH_TESTS   := $(call in_rooms,$(BENCH_SOURCES))
BENCH_COMMON  := $(call objects,$(filter-out $(BENCH_SOURCES),$(wildcard tests/bench/*/*.c)) \
                   tests/unit/unit.c) $(filter-out %/main.o,$(BENCH_OBJECTS)) $(SUPPORT)

$(CONFORMANCE): $(call objects,$(wildcard tests/conformance/*.c tests/conformance/*/*.c)) $(SUPPORT)
	$(call link,-lcmocka -lmd)

# of the framework, the tests of the client and of bench use also the part that makes files
$(CLIENT_TESTS) $(BENCH_TESTS): $(call objects,tests/unit/unit_files.c)

# the rooms see each other's headers
$(BUILD)/tests/unit/%.o: OWN_FLAGS := $(SHARED) $(addprefix -I,$(UNIT_ROOMS))

# unit_tests NAMES: the programs of these tests; unit_parts FILES: objects that some of them share
unit_tests = $(addprefix $(BUILD)/tests/unit/test_,$1)
unit_parts = $(call objects,$(addprefix tests/unit/,$1))

define unit_rule # unit_rule SOURCE
$(BUILD)/tests/unit/$(basename $(notdir $1)): $(call objects,$1)
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_rule,$t)))

$(call unit_tests,$(filter-out catalog_processes,$(UNIT_ALL))): \
    $(UNIT_COMMON) $(call objects,$(CORE))
	$(call link,$(WRAPPED) -lcmocka -lmd)

UNIT_SESSION := $(filter session session_%,$(UNIT_ALL))
UNIT_TURN    := $(filter turn turn_%,$(UNIT_ALL))

# what shares the chat room, and how: tests/unit/stand_ins.c stands in for what a test does not need
$(call unit_tests,$(UNIT_SESSION) room_alone room_log room_sessions slow_members): \
    $(call objects,$(ROOM) core/shared/sync_none.c)
$(call unit_tests,clients client_timeouts $(UNIT_TURN)): $(call objects,$(ONE_THREAD))
$(call unit_tests,outbox): $(call unit_parts,session/outbox_model.c)
$(call unit_tests,$(UNIT_SESSION)): $(call unit_parts,session/session_fixture.c)
$(call unit_tests,room_sessions slow_members): $(call unit_parts,session/party.c)
$(call unit_tests,room_alone room_log): $(call unit_parts,chat/ring.c)
$(call unit_tests,room_log): $(call unit_parts,chat/reading.c)
$(call unit_tests,catalog listing): $(call unit_parts,files/listing_fixture.c)
$(call unit_tests,clients client_timeouts): $(call unit_parts,turn/clients_fixture.c)
# the clock of these is the test's
$(call unit_tests,$(UNIT_TURN)): $(call unit_parts,turn/turns.c turn/turn_peers.c)
$(call unit_tests,children $(UNIT_TURN)): WRAPPED := -Wl,--wrap=clock_now
$(call unit_tests,children): $(call objects,core/blocking/children.c)
$(call unit_tests,connection): \
    $(call objects,$(addprefix core/blocking/,connection.c membership.c) $(ROOM) \
        core/shared/sync_thread.c)
$(call unit_tests,budget catalog listing sync): $(call objects,core/shared/sync_thread.c)
$(call unit_tests,harden): $(call objects,tests/support/lacks.c)
# reads fail as the test wants
$(call unit_tests,sum): WRAPPED := -Wl,--wrap=pread
# a rule of its own, without catalog.c; the test is in between when a listing is made
$(call unit_tests,catalog_processes): $(UNIT_COMMON) \
    $(call objects,$(filter-out $(NOT_02_fork),$(CORE)) core/files/catalog_process.c) \
    $(call objects,core/shared/sync_process.c)
	$(call link,-Wl$(comma)--wrap=walk_next$(comma)--wrap=listing_print -lcmocka -lmd)
# the ring's test is built twice, once for each way to share
$(call unit_tests,ring_threads): $(call objects,$(ROOM) core/shared/sync_thread.c)
$(call unit_tests,ring_processes ring_kills sync_process): \
    $(call objects,$(ROOM) core/shared/sync_process.c)
$(call unit_tests,ring_threads ring_processes ring_kills sync_process): \
    $(call unit_parts,chat/ring.c)
$(call unit_tests,ring_kills): $(call unit_parts,chat/ring_scene.c)

define room_rule # room_rule SOURCE PARTS LIBRARIES
$(call in_rooms,$1): $(call objects,$1) $2
	$$(call link,$3)
endef
$(foreach s,$(CLIENT_SOURCES),\
    $(eval $(call room_rule,$s,$(CLIENT_COMMON) $(CLIENT_LIB),-lcmocka -lmd)))
$(foreach s,$(BENCH_SOURCES),$(eval $(call room_rule,$s,$(BENCH_COMMON),-lcmocka -lm -lmd)))

SAN_ENV := ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1 \
           UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1

.PHONY: test tests unit conformance ladder-check minimal-check shims client-tests bench-tests
.PHONY: faults faults-quick faults-strace oracle oracle-quick makefile-check documented report-check
.PHONY: spine layers columns names-check messages-check translations-check test-as-root
tests: ## build the test programs
tests: $(UNITS) $(CORPUSES) $(CONFORMANCE) $(ORACLE) $(CLIENT_TESTS) $(BENCH_TESTS) $(NOTES)

# A sanitizer costs the suite as much as the servers. So one that is tested with a sanitizer meets
# the suite of the plain build, but for 06_epoll, which meets one that has the sanitizer too.
PLAIN    := $(CONFORMANCE:$(BUILD)/%=build/$(COMPILER)/%)
suite_of  = $(if $(and $(SAN),$(filter-out 06_epoll,$1)),$(PLAIN),$(CONFORMANCE))
suites    = $(sort $(foreach m,$1,$(call suite_of,$m)))

ifdef SAN
.PHONY: $(PLAIN)
$(PLAIN):
	@$(MAKE) --no-print-directory SAN= $@
endif

ifeq ($(SAN),thread)
# the thread sanitizer looks at what has threads
.PHONY: test-programs
test-programs: $(call unit_tests,ring_threads budget catalog sync) $(call suites,03_thread)
test-programs: 03_thread
test: ## run all tests; SAN=address,undefined (or one of them) or SAN=thread: instrumented
	$(MAKE) unit UNIT_NAMES='ring_threads budget catalog sync'
	$(MAKE) conformance MODELS=03_thread
else
# What mostly waits runs side by side, and prints when it is done. What compiles nothing is checked
# once, in the plain build.
READ := spine layers columns names-check messages-check translations-check mutants-check
test: unit fuzz-corpus conformance minimal-check oracle-quick $(if $(SAN),,$(READ))
	@$(MAKE) --no-print-directory -j4 -Otarget client-tests bench-tests \
	    $(if $(SAN),,shims ladder-check makefile-check $(if $(P),,documented))
ifndef SAN
	@$(MAKE) --no-print-directory faults-quick kills-quick restarts-quick
endif
endif

# root makes users and file systems where others make name spaces, is warned, and needs no name
# space to measure
test-as-root: $(UNITS) $(CONFORMANCE) $(SERVERS) ## run what behaves otherwise as root
	@[ "$$(id -u)" -eq 0 ] || { echo "test-as-root: SKIPPED, you are not root"; exit 1; }
	@$(MAKE) --no-print-directory unit UNIT_NAMES='harden store space sandbox'
	@$(MAKE) --no-print-directory conformance HUGE= CASE='@(storage|limit|hardening|library)_!(list_*)'
	@$(MAKE) --no-print-directory report-check

report-check: ## measure two experiments, small, and look at the report (10 s)
report-check: $(SERVERS) $(LAB_BENCH) $(P)bench/baseline
	@tests/tools/report-check $(LAB_BENCH)

unit: $(UNITS) ## run the unit tests of the core
	@set -e; for t in $(UNITS); do $(SAN_ENV) $$t 2>&1; done

# Each program is a target of its own, run/PROGRAM, which -j runs beside others; it runs its table
# of tests. One of them: build/gcc/tests/client/test_lab NAME
CLIENT_RUNS := $(addprefix run/,$(CLIENT_TESTS))

.PHONY: $(CLIENT_RUNS)
client-tests: $(CLIENT_RUNS) ## run the tests of the client, against all six servers

$(CLIENT_RUNS): run/%: % $(CLIENT) $(SERVERS)
	@$(SAN_ENV) CLIENT='$(CLIENT)' SERVERS='$(SERVERS)' $* 2>&1

# Many of these measure: one program after the other. One test: build/gcc/tests/bench/test_load NAME
bench-tests: ## run the tests of the load generator
bench-tests: $(BENCH_TESTS) $(LAB_BENCH) $(P)bench/baseline $(SERVERS) $(MINIMALS)
	@set -e; for t in $(BENCH_TESTS); do \
	    $(SAN_ENV) LAB_BENCH='$(LAB_BENCH)' BASELINE='$(P)bench/baseline' \
	    SERVERS='$(SERVERS)' $$t 2>&1; done

# servers of another build may be tested, and run by something: FROM=build/musl-gcc/
# RUN=qemu-aarch64
FROM    := $(P)
RUN     :=
TESTED  := $(if $(filter x$(P),x$(FROM)),$(SERVERS))

conformance: ## test conformance: of all six, or SERVER='./mine -p {port} -d {dir}'; CASE=name: one
ifdef SERVER
conformance: $(CONFORMANCE)
	SERVER=$(call quote,$(SERVER)) CASE=$(call quote,$(CASE)) $(CONFORMANCE)
else
conformance: $(call suites,$(MODELS)) $(TESTED) # all at a time: they wait more than they work
	@$(MAKE) --no-print-directory -j6 $(addprefix conformance-,$(MODELS))
endif

ladder-check: ## check that the suite names what is wrong with small bad servers (30 s)
ladder-check: $(CONFORMANCE) 06_epoll
	@tests/ladder/check $(CONFORMANCE) $(P)$(call server,06_epoll)

minimal-check: ## check minimal.c of all six: startup line, and cases for N and Q; CASE=name for one
minimal-check: $(CONFORMANCE) $(if $(filter x$(P),x$(FROM)),$(MINIMALS))
	@RUN=$(call quote,$(RUN)) CASE=$(call quote,$(CASE)) tests/tools/minimal-check $(CONFORMANCE) \
	    $(foreach m,$(MODELS),$(FROM)$(call minimal,$m))

# files of 2.5 GB take ten seconds a model: two models stand for their kind, SLOW=1 is for all
HUGE := $(if $(SLOW),$(MODELS),$(if $(SAN),,02_fork 06_epoll))

# one model; its log is printed where a case fails, its closing lines otherwise
conformance-%: $(call suites,$(MODELS)) $(TESTED)
	@log=$(BUILD)/conformance-$*.log; \
	if $(SAN_ENV) $(if $(SAN),INSTRUMENTED=1) \
	    $(if $(filter $*,$(HUGE)),SLOW=1) CASE=$(call quote,$(CASE)) \
	    SERVER='$(RUN) $(FROM)$(call server,$*) -p {port} -d {dir} {options}' \
	    $(call suite_of,$*) >$$log 2>&1; then \
	    sed -n '/^\[  PASSED/p; /SKIPPED/,$$p; $${/^conformance/p}' $$log | awk '!seen[$$0]++'; \
	else cat $$log; exit 1; fi

$(BUILD)/tests/shim.so: tests/shim/shim.c tests/support/landlock.h $(STAMP)
	$(call link_shared,-Itests/support)

# not with a sanitizer, which wants to be the first library itself
shims: ## run cases with short transfers, a storm of signals, an attempt to leave the sandbox
shims: $(BUILD)/tests/shim.so $(CONFORMANCE) $(SERVERS)
	@tests/tools/shims $(BUILD)/tests/shim.so $(CONFORMANCE) $(SERVERS)

$(BUILD)/tests/faults/%.o: OWN_FLAGS += -Itests/faults $(addprefix -Itests/faults/,clients inject)

$(BUILD)/tests/faults/inject.so: $(wildcard tests/faults/inject/*.[ch]) $(STAMP)
	$(call link_shared,-fno-builtin)

FAULTS := $(BUILD)/tests/faults/faults

$(FAULTS): $(SUPPORT) $(call objects,$(wildcard tests/faults/*.c tests/faults/clients/*.c))
	$(call link,-lcmocka -lmd)

# like the shims, not with a sanitizer; the one that takes longest comes first
FAULTS_MODELS := $(filter 02_fork,$(MODELS)) $(filter-out 02_fork,$(MODELS))

faults faults-quick: $(BUILD)/tests/faults/inject.so $(FAULTS) $(SERVERS)
faults: ## let every call fail in turn (5 min); ONLY='02_fork openat:3:EMFILE once put' for one
	@ONLY=$(call quote,$(filter-out *,$(ONLY))) SAMPLE=$(SAMPLE) SEED=$(SEED) $(FAULTS) $< \
	    $(FAULTS_MODELS)

faults-quick:
	@SAMPLE=$(or $(SAMPLE),70) SEED=$(or $(SEED),1) $(FAULTS) $< $(FAULTS_MODELS)

faults-strace: ## the same with strace as a second opinion, for a handful of calls (10 s)
faults-strace: $(CONFORMANCE) $(SERVERS)
	@tests/tools/faults-strace $(CONFORMANCE) $(SERVERS)

$(BUILD)/tests/oracle/%.o: OWN_FLAGS += -Itests/oracle $(addprefix -Itests/oracle/,generate play)

$(ORACLE): $(call objects,$(wildcard tests/oracle/*.c tests/oracle/*/*.c)) $(SUPPORT)
	$(call link,-lcmocka)

# SERVERS='06_epoll/epoll-server bench/baseline' compares others
oracle: ## play sessions with all six and compare; SESSIONS=100000 SEED=1, ONLY=seed:session for one
oracle: $(ORACLE) $(SERVERS)
	@$(SAN_ENV) SESSIONS=$(SESSIONS) SEED=$(SEED) FIRST=$(FIRST) \
	    ONLY=$(call quote,$(filter-out *,$(ONLY))) $(ORACLE) $(SERVERS)

oracle-quick: $(ORACLE) $(SERVERS) $(P)bench/baseline # and once a comparison that has to fail
	@$(SAN_ENV) SESSIONS=$(or $(SESSIONS),$(if $(SAN),100,300)) SEED=$(SEED) $(ORACLE) $(SERVERS)
	@tests/tools/oracle-notices $(ORACLE) $(lastword $(SERVERS)) $(P)bench/baseline

# ---- what looks at the sources, and compiles nothing ----

spine: ## check that the six servers have their functions in common
	@tests/tools/spine

# lower rooms first: each includes only those before it
layers: ## check that a room of core or bench includes only lower ones, and a struct has one name
	@tests/tools/layers core base protocol shared files chat session sockets process blocking turn
	@tests/tools/layers bench common texts probe clients load results baselines experiments charts \
	    report timeline run ratios
	@tests/tools/struct-names

documented: all notes ## run the commands of all documents in a copy (1 min); FULL=1: long ones, too
	@FULL='$(FULL)' WERROR='$(WERROR)' tests/tools/documented

columns: ## check that no line is over 100 columns
	@tests/tools/columns

names-check: ## check that everything exists that the documents name
	@tests/tools/names-check

messages-check: ## check that all messages of the client are in its catalogues (client/po)
	@tests/tools/messages check

translations-check: ## check that no translation is older than its source
	@tests/tools/translations check

makefile-check: ## check what make installs, which variables it takes, what it builds again (15 s)
	@tests/tools/makefile-check

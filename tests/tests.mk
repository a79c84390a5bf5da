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
$(call unit_tests,budget catalog listing sync): $(call objects,core/shared/sync_thread.c)
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

ifeq ($(SAN),thread)
# the thread sanitizer looks at what has threads
.PHONY: test-programs
test-programs: $(call unit_tests,ring_threads budget catalog sync) $(CONFORMANCE) 03_thread
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

# each program runs its table of tests; one of them: build/gcc/tests/client/test_lab NAME
client-tests: ## run the tests of the client, against all six servers
client-tests: $(CLIENT_TESTS) $(CLIENT) $(SERVERS)
	@set -e; for t in $(CLIENT_TESTS); do \
	    $(SAN_ENV) CLIENT='$(CLIENT)' SERVERS='$(SERVERS)' $$t 2>&1; done

# each program runs its table of tests; one of them: build/gcc/tests/bench/test_load NAME
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
conformance: $(CONFORMANCE) $(TESTED) # all at a time: they wait more than they work
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
conformance-%: $(CONFORMANCE) $(TESTED)
	@log=$(BUILD)/conformance-$*.log; \
	if $(SAN_ENV) $(if $(filter $*,$(HUGE)),SLOW=1) CASE=$(call quote,$(CASE)) \
	    SERVER='$(RUN) $(FROM)$(call server,$*) -p {port} -d {dir} {options}' \
	    $(CONFORMANCE) >$$log 2>&1; then \
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

# ---- chaos: see tests/chaos/README.md ----

.PHONY: kills kills-quick restarts restarts-quick soak races model
CHAOS_PARTS  := $(addprefix tests/chaos/,harness.c $(addprefix clients/,payload.c chaos_peer.c \
                  file_worker.c))
CHAOS_COMMON := $(call objects,$(CHAOS_PARTS)) $(SUPPORT)
KILLS_PARTS  := $(call objects,$(addprefix tests/chaos/,victim.c kills_clients.c clients/chatter.c \
                  clients/ledger.c))

$(BUILD)/tests/chaos/%.o: OWN_FLAGS += -Itests/chaos -Itests/chaos/clients

$(BUILD)/tests/chaos/kill_preload.so: tests/chaos/kill_preload.c tests/chaos/kill_preload.h $(STAMP)
	$(call link_shared,)

$(BUILD)/tests/chaos/kills: $(KILLS_PARTS)
$(BUILD)/tests/chaos/soak $(BUILD)/tests/chaos/races: \
    $(call objects,$(wildcard tests/chaos/clients/crowd*.c))
$(BUILD)/tests/chaos/%: $(BUILD)/tests/chaos/%.o $(CHAOS_COMMON)
	$(call link,-lcmocka)

kills kills-quick: $(addprefix $(BUILD)/tests/chaos/,kill_preload.so kills) $(P)02_fork/fork-server
kills: ## kill children of 02_fork at random moments; KILLS=1000 SEED=…
	@KILLS='$(KILLS)' SEED='$(SEED)' $(BUILD)/tests/chaos/kills $(filter %.so %/fork-server,$^)

kills-quick:
	@KILLS=30 SEED=1 $(BUILD)/tests/chaos/kills $(filter %.so %/fork-server,$^)

restarts restarts-quick: $(BUILD)/tests/chaos/restarts $(SERVERS)
restarts: ## kill each server in the middle of uploads, and start it again; ROUNDS=200 SEED=…
	@ROUNDS='$(ROUNDS)' SEED='$(SEED)' $< $(SERVERS)

restarts-quick:
	@ROUNDS=12 SEED=1 $< $(SERVERS)

# all six in turn, or one
SOAKED := $(if $(MODEL),$(P)$(call server,$(MODEL)),$(SERVERS))

soak: ## 200 clients of all kinds: does anything grow? MINUTES=30 (a model) MODEL=06_epoll
soak: $(BUILD)/tests/chaos/soak $(SOAKED)
	@failed=0; for s in $(SOAKED); do \
	    MINUTES='$(MINUTES)' SECS='$(SECS)' SEED='$(SEED)' $< $$s || failed=1; done; exit $$failed

# glibc keeps stacks for the next thread, of which valgrind is told. drd never forgets a detached
# thread: it gets slower with each, and ends itself where there have been more than --max-threads.
# So it looks four times, for a while, each time at a new server.
VALGRIND := valgrind --error-exitcode=99 --suppressions=tests/chaos/valgrind.supp
DRD      := $(VALGRIND) --tool=drd --max-threads=10000
RACES     = SEED='$(SEED)' BOUND=5 TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1 \
            $(BUILD)/tests/chaos/races

RACES_SAN := build/$(COMPILER)-thread/03_thread/thread-server

races: ## races in 03_thread? valgrind's helgrind and drd, then the thread sanitizer; SECS=20 each
races: $(BUILD)/tests/chaos/races $(P)03_thread/thread-server
	@$(MAKE) --no-print-directory SAN=thread $(RACES_SAN)
	@SECS='$(SECS)' $(RACES) $(P)03_thread/thread-server $(VALGRIND) --tool=helgrind
	@for part in 1 2 3 4; do SECS=$$((($(or $(SECS),20) + 3) / 4)) \
	    $(RACES) $(P)03_thread/thread-server $(DRD) || exit 1; done
	@SECS='$(SECS)' $(RACES) $(RACES_SAN)

model: ## search the room's models with spin, as they are, with each mistake; MODEL=lock MISTAKE=1
	@tests/tools/model build/model $(or $(MODEL),$(if $(MISTAKE),ring)) $(MISTAKE)

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

# ---- fuzzing: see tests/fuzz/README.md ----
#
# A target is built twice: with a main that tries the corpus, by whatever compiler and sanitizer;
# and by clang with libFuzzer, in a folder of its own. What a target needs of the system is put in
# its place by the linker (ld(1), --wrap).

.PHONY: fuzz fuzzers fuzz-corpus
FUZZERS   := $(addprefix $(BUILD)/tests/fuzz/fuzz_,$(FUZZ))

FUZZ_core   := $(wildcard tests/fuzz/core/*.c) $(CORE) $(ROOM) core/shared/sync_none.c
FUZZ_client := $(wildcard tests/fuzz/client/*.c client/lib/*.c) client/terminal/wide.c \
               core/protocol/proto.c core/base/utf8.c
FUZZ_bench  := $(wildcard tests/fuzz/bench/*.c) $(addprefix bench/clients/,reply.c verify.c chat.c \
               redis.c dialect.c conn.c) $(addprefix bench/,load/load_event.c load/load_schedule.c \
               results/sample.c results/field.c common/fail.c common/histogram.c) core/base/utf8.c
WRAP_core   := malloc realloc calloc mkdir open openat close fstat fstatat fstatvfs flock \
               ftruncate fchmod fsync renameat fdopendir readdir pread write getrandom
WRAP_client := recv send sendfile poll close malloc realloc calloc
WRAP_bench  := recv send close

$(BUILD)/tests/fuzz/%.o: OWN_FLAGS := -Iclient -Ibench -Itests/fuzz

define fuzz_rule
$(BUILD)/tests/fuzz/corpus_$1: $(call objects,$(FUZZ_$1) tests/fuzz/fuzz.c tests/fuzz/corpus.c)
	$$(call link,$$(addprefix -Wl$$(comma)--wrap=,$$(WRAP_$1)) -lm -lmd)
$(BUILD)/tests/fuzz/fuzz_$1: $(call objects,$(FUZZ_$1) tests/fuzz/fuzz.c)
	$$(call link,-fsanitize=fuzzer $$(addprefix -Wl$$(comma)--wrap=,$$(WRAP_$1)) -lm -lmd)
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rule,$f)))

fuzz-corpus: $(CORPUSES) # everything that was once worth keeping, tried once
	@set -e; for f in $(FUZZ); do \
	    $(SAN_ENV) tests/tools/fuzz try $(BUILD)/tests/fuzz/corpus_$$f tests/fuzz/corpus/$$f; done

fuzzers: $(FUZZERS)

fuzz: ## look for findings with libFuzzer, each target SECONDS=60; FUZZ=core for one
	@$(MAKE) --no-print-directory CC=clang VARIANT=fuzz SAN=address,undefined \
	    CFLAGS=-fsanitize=fuzzer-no-link fuzzers
	@$(SAN_ENV) tests/tools/fuzz run build/fuzz/tests/fuzz '$(or $(SECONDS),60)' $(FUZZ)

# ---- coverage ----

.PHONY: coverage coverage-run
COVERAGE := -fprofile-instr-generate -fcoverage-mapping

# A server that is killed counts too: the counters are a mapped file (%c in LLVM_PROFILE_FILE). The
# fuzzer's share is counted by itself: the corpus, and what fuzz has kept on this machine, if it
# ever ran.
coverage: ## which branches of core/ do the tests take, and which the fuzzer? (clang, 4 min)
	@rm -rf build/coverage/profiles build/coverage/fuzzed
	@mkdir -p build/coverage/profiles build/coverage/fuzzed
	@$(MAKE) --no-print-directory CC=clang VARIANT=coverage OPT='-O1 -g' \
	    CFLAGS='$(COVERAGE) -mllvm -runtime-counter-relocation -Qunused-arguments' coverage-run
	@tests/tools/coverage build/coverage $(FUZZED)

# what fuzz_core is made for; of the rest of core/ it needs only that it is there
FUZZED  := $(wildcard core/protocol/*.c core/files/*.c core/chat/*.c core/session/*.c) \
           core/base/options.c core/base/utf8.c core/shared/body.c core/shared/budget.c
COVERED := unit fuzz-corpus conformance shims faults-quick kills-quick restarts-quick

# the corpus in build/fuzz/kept may lose files while it is copied: it may be being fuzzed
coverage-run: $(SERVERS)
	@export LLVM_PROFILE_FILE="$$PWD/build/coverage/profiles/%m%c.profraw"; \
	    $(MAKE) --no-print-directory VARIANT=$(VARIANT) HUGE= $(COVERED)
	@rm -rf build/coverage/kept && mkdir -p build/coverage/kept build/fuzz/kept/core
	@cp -r build/fuzz/kept/core/. build/coverage/kept 2>/dev/null || true
	@export LLVM_PROFILE_FILE="$$PWD/build/coverage/fuzzed/%m%c.profraw"; \
	    $(BUILD)/tests/fuzz/corpus_core tests/fuzz/corpus/core build/coverage/kept

# ---- other C libraries and processors: for them the servers are built, not the tests ----
#
# What is left out by them: the client, lab-bench (musl before 1.2.5 has no epoll_pwait2), and unit
# tests (cmocka). Debian's musl-gcc sees no header but musl's: it is given those of the kernel,
# sys/queue.h, and libmd, of which sum.c needs nothing that needs glibc.

.PHONY: musl musl-servers aarch64
MUSL := build/musl-gcc
ARM  := build/aarch64-linux-gnu-gcc

musl: ## build the servers with musl, and test them (3 min, after make deps-dev)
musl: musl-servers $(CONFORMANCE)
	@$(MAKE) --no-print-directory FROM=$(MUSL)/ conformance minimal-check

musl-servers: ## build the servers with musl (10 s)
	@rm -rf $(MUSL)/headers && mkdir -p $(MUSL)/headers/sys
	@ln -s /usr/include/linux /usr/include/asm-generic \
	    /usr/include/$$(gcc -print-multiarch)/asm $(MUSL)/headers
	@ln -s /usr/include/$$(gcc -print-multiarch)/sys/queue.h $(MUSL)/headers/sys
	@ln -s /usr/include/sha2.h $$(gcc -print-file-name=libmd.a) $(MUSL)/headers
	@$(MAKE) --no-print-directory CC=musl-gcc SAN= CPPFLAGS='-isystem $(MUSL)/headers' \
	    LDFLAGS='-L$(MUSL)/headers' CFLAGS=-Wno-sign-conversion WERROR=1 servers

aarch64: ## build the servers for ARM, test them in an emulator (6 min, after make deps-nightly)
aarch64: $(CONFORMANCE)
	@tests/tools/libmd-arm $(ARM)/libmd
	@$(MAKE) --no-print-directory CC=aarch64-linux-gnu-gcc SAN= CPPFLAGS='-isystem $(ARM)/libmd' \
	    LDFLAGS='-L$(ARM)/libmd' WERROR=1 servers
	@QEMU_LD_PREFIX=/usr/aarch64-linux-gnu BOUND=3 EXCEPT=tests/conformance/emulated \
	    $(MAKE) --no-print-directory FROM=$(ARM)/ RUN="$$(command -v qemu-aarch64)" HUGE= \
	    conformance minimal-check

# ---- all that takes long ----

.PHONY: nightly
nightly: all ## all that takes long, one after the other (7 hours); STEPS='kills oracle' for some
	@SEED='$(SEED)' tests/tools/nightly $(STEPS)

# ---- mutants: see docs/mutants.md ----

.PHONY: mutants mutants-check mutants-table
ONLY := *
JOBS := 2

# the mistakes are made in what gcc builds: a limit of its warnings is one of the tests
ifeq ($(BUILD),build/gcc)
mutants: ## build programs with one mistake each, see which test notices; ONLY='04-*', FULL=1
mutants: $(UNITS) $(CONFORMANCE) $(SERVERS) $(MINIMALS) $(CLIENT_TESTS) $(CLIENT) $(BENCH_TESTS) \
         $(LAB_BENCH) $(P)bench/baseline $(FAULTS) \
         $(addprefix $(BUILD)/tests/,shim.so faults/inject.so chaos/races)
	@JOBS=$(JOBS) FULL=$(FULL) tests/tools/mutants run $(foreach p,$(ONLY),$(call quote,$p))
else
mutants:
	@$(MAKE) --no-print-directory CC=gcc SAN= mutants
endif

mutants-check: ## check that mutants, annotations, tests and their table are in step
	@tests/tools/mutants check
	@tests/tools/failures-check

mutants-table: ## write the table of docs/mutants.md
	@{ sed '/^| mutant | /,$$d' docs/mutants.md; tests/tools/mutants table; } >docs/mutants.new
	@mv docs/mutants.new docs/mutants.md

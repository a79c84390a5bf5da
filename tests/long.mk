# tests/long.mk: the part of the Makefile for tests that take long or need tools of their own; names
# and variables are those of the Makefile and of tests/tests.mk, and paths begin at the top.

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

# ---- fuzzing: see tests/fuzz/README.md ----
#
# A target is built twice: with a main that tries the corpus, by whatever compiler and sanitizer;
# and by clang with libFuzzer, in a folder of its own. What a target needs of the system is put in
# its place by the linker (ld(1), --wrap).

.PHONY: fuzz fuzzers fuzz-corpus
FUZZERS   := $(addprefix $(BUILD)/tests/fuzz/fuzz_,$(FUZZ))

FUZZ_all    := tests/fuzz/fuzz.c tests/support/grow.c
FUZZ_core   := $(wildcard tests/fuzz/core/*.c) tests/fuzz/memory.c $(CORE) $(ROOM) \
               core/shared/sync_none.c
FUZZ_client := $(wildcard tests/fuzz/client/*.c client/lib/*.c) tests/fuzz/memory.c \
               client/terminal/wide.c core/protocol/proto.c core/base/utf8.c
FUZZ_bench  := $(wildcard tests/fuzz/bench/*.c) $(addprefix bench/clients/,reply.c verify.c chat.c \
               redis.c dialect.c conn.c) $(addprefix bench/,load/load_event.c load/load_schedule.c \
               results/sample.c results/field.c) $(addprefix bench/common/,arguments.c fail.c \
               histogram.c) core/base/log.c core/base/utf8.c
WRAP_core   := malloc realloc calloc mkdir open openat close fstat fstatat fstatvfs flock \
               ftruncate fchmod fsync renameat fdopendir readdir pread write getrandom
WRAP_client := recv send sendfile poll close malloc realloc calloc
WRAP_bench  := recv send close

$(BUILD)/tests/fuzz/%.o: OWN_FLAGS := -Iclient -Ibench -Itests/fuzz -Itests/support

define fuzz_rule
$(BUILD)/tests/fuzz/corpus_$1: $(call objects,$(FUZZ_$1) $(FUZZ_all) tests/fuzz/corpus.c)
	$$(call link,$$(addprefix -Wl$$(comma)--wrap=,$$(WRAP_$1)) -lm -lmd)
$(BUILD)/tests/fuzz/fuzz_$1: $(call objects,$(FUZZ_$1) $(FUZZ_all))
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
	@tests/tools/mutants-in-step check
	@tests/tools/failures-check

mutants-table: ## write the table of docs/mutants.md
	@{ sed '/^| mutant | /,$$d' docs/mutants.md; tests/tools/mutants-in-step table; } >docs/mutants.new
	@mv docs/mutants.new docs/mutants.md

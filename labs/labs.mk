# labs/labs.mk: the part of the Makefile for the exercises; its names and variables are used here

LAB = @N=$(call quote,$(N)) STUDENT=$(call quote,$(STUDENT)) \
       LABS_PRIVATE=$(call quote,$(call path,LABS_PRIVATE)) python3 labs/lab

.PHONY: labs lab check try hint solution grade handout
.PHONY: labs-check labs-check-quick labs-class lab-sources lab-unit lab-faults lab-conformance

labs: ## the exercises: what there is, what is done, points
	$(LAB) list

lab: ## hand out an exercise: N=9, and STUDENT=17 for what is drawn by number
	$(LAB) lab

check: ## check what you have written for exercise N=9
	$(LAB) check

try: ## build your server of exercise N=24, to run it yourself: the program `mine` beside it
	$(LAB) try

hint: ## a hint for exercise N=9; there are three
	$(LAB) hint

solution: ## a solution of exercise N=9, after full marks or if you give up (GIVE_UP=1)
	$(LAB) solution $(if $(GIVE_UP),--give-up)

grade: ## for teachers: grade SUBMISSION=folder; FORMAT=text, tsv, junit, gradescope, classroom
	$(LAB) grade $(if $(filter no,$(SANDBOX)),--no-sandbox) \
	    --format $(call quote,$(or $(FORMAT),text)) $(call quote,$(call path,SUBMISSION))

handout: ## for teachers: a tree without solutions, INTO=folder; ONLY='7 9', HINTS=2, LABS_PRIVATE=
	$(LAB) handout --into $(call quote,$(call path,INTO)) --hints $(call quote,$(HINTS)) \
	    --only $(call quote,$(filter-out *,$(ONLY)))

# in a handout, before anything is compiled: its objects are of the machine that made it. The same
# machine is known without Python, which takes its time
ifneq ($(wildcard labs/reference/machine),)
.PHONY: lab-machine
$(STAMP): | lab-machine
lab-machine:
	@test "$$($(CC) -dumpmachine | cut -d- -f1) $$(getconf GNU_LIBC_VERSION)" = \
	    "$$(cat labs/reference/machine)" || ! command -v python3 >/dev/null || \
	    python3 labs/lab machine
endif

# a part of make test
ifndef SAN
test: labs-check-quick
endif
labs-check-quick:
	$(LAB) self-check --quick --only $(call quote,$(filter-out *,$(ONLY)))

labs-check: ## are the exercises, solutions and the grader in order? ONLY='7 9': two of them
	$(LAB) self-check --only $(call quote,$(filter-out *,$(ONLY)))

labs-class: ## are 60 submissions graded twice, on a busy machine, alike? CLASS=10: 10 of them
	@python3 tests/labs/a_class.py $(call quote,$(or $(CLASS),60))

# what the programs in labs/ ask for
lab-sources:
	@echo $(filter-out $(NOT_$(MODEL)),$(CORE)) $(EXTRA_$(MODEL)) $(MODEL)/server.c

# a unit test of the chat room or its locks: each of its sources, and the object made of it
LAB_UNIT = $(wildcard tests/unit/*/test_$(UNIT).c) $(UNIT_SHARED) \
           tests/unit/chat/ring.c tests/unit/chat/ring_scene.c $(CORE) $(ROOM) \
           core/shared/sync_$(if $(filter ring_processes ring_kills,$(UNIT)),process,thread).c
lab-unit: $(BUILD)/tests/unit/test_$(UNIT) $(call objects,$(LAB_UNIT))
	@echo $(foreach source,$(LAB_UNIT),$(source) $(call objects,$(source)))

lab-faults: $(FAULTS) $(BUILD)/tests/faults/inject.so
	@echo $^

lab-conformance: $(CONFORMANCE)
	@echo $(CONFORMANCE)

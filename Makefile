# ALPS.  `make help` lists the targets; `make test` and `make demo` install what they need.
SHELL   := /bin/bash
.DEFAULT_GOAL := all
CC      := gcc
CLANG   := clang
B       := build$(SAN:%=-%)
comma   := ,
SANFLAG := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes -Wvla -Werror
CFLAGS  ?= -O2 -g
ALL     := -std=c11 -D_GNU_SOURCE $(WARN) -MMD -MP -fPIC -fvisibility=hidden -fstack-protector-strong -I. -I$B $(SANFLAG)
DEPS    := build/deps
Q       := $(if $(V),,@)                # make V=1 shows the commands
say      = @printf '  %-8s %s\n' $(1) $(2)
include deps/deps.mk                    # the libraries: where they come from, INC_<room>, LIBS_<program>
include deps/portable.mk                # the guard for other machines

CORE    := $(patsubst %.c,$B/%.o,$(wildcard core/*.c)) $B/catalog.gen.o
ALLOW   := $(patsubst %.c,$B/%.o,$(wildcard allowlists/allow_*.c))
SHIM    := $(patsubst %.c,$B/%.o,$(wildcard shim/*.c))
ANALYZE := $(patsubst %.c,$B/%.o,$(wildcard analyzer/*.c analyzer/*/*.c))
CLI     := $(patsubst %.c,$B/%.o,$(wildcard cli/*.c))
SIDECAR := $(patsubst %.c,$B/%.o,$(wildcard sidecar/*.c))
TABLES  := $(sort $(wildcard allowlists/catalog/*/*.tsv allowlists/catalog/*/override/*.tsv))
UNIT    := $(patsubst tests/unit/%.c,$B/unit/%,$(wildcard tests/unit/test_*.c))
FUZZ    := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH   := $(patsubst bench/%.c,$B/bench/%,$(wildcard bench/bench_*.c))
E2E     := $(wildcard tests/e2e/*/test_*.py tests/e2e/*/test_*.sh)

all: $B/libalps_guard.so $B/alps $B/alps-sidecar               ## what runs on this machine

$B/%.o: %.c | deps-build
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL) $(CFLAGS) $(INC_$(firstword $(subst /, ,$*))) -c $< -o $@
$B/catalog.gen.o: $B/catalog.gen.c
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL) $(CFLAGS) -c $< -o $@
$B/catalogc: allowlists/catalogc.c $(wildcard allowlists/*.h core/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(filter-out -MMD -MP,$(ALL)) $(CFLAGS) $< -o $@
$B/catalog.gen.c: $B/catalogc $(TABLES)
	$(call say,TABLES,$(words $(TABLES)) files)
	$(Q)$B/catalogc $(TABLES) > $@.part && mv $@.part $@
# the core asks the world for memory functions and nothing else, or there is no library
$B/libalps.a: $(CORE)
	$(call say,AR,$@)
	@rm -f $@; $(AR) rcs $@ $^
	@nm -u $@ | awk '$$1 == "U" && $$2 !~ /^(alps_|mem|strlen|__stack_chk|_GLOBAL_|__[a-z]*san_)/ \
	    { print "core reaches for " $$2; bad = 1 } END { exit bad }' || { rm -f $@; exit 1; }
$B/analyzer/lang.o build/fuzz/analyzer/lang.o: $(wildcard analyzer/queries/*.scm)     # they are part of the program
$(foreach d,$B build/fuzz,$(addprefix $d/analyzer/,sdk.o roles.o iac/iac.o)): $(wildcard analyzer/tables/*.tsv)
$B/libalps_analyze.a: $(ANALYZE)
	@rm -f $@; $(AR) rcs $@ $^
$B/libalps_guard.so: $(SHIM) $(ALLOW) $B/libalps.a shim/guard.map
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $(SANFLAG) -Wl,--version-script=shim/guard.map \
	    -Wl,-z,defs,-z,now,-z,relro,-z,nodelete,-Bsymbolic,--gc-sections -o $@.part $(SHIM) $(ALLOW) $B/libalps.a $(LIBS_shim) -ldl -lpthread
	@mv $@.part $@
$B/alps: $(CLI) $(ALLOW) $B/libalps_analyze.a $B/libalps.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(SANFLAG) -o $@ $(CLI) $(ALLOW) $B/libalps_analyze.a $B/libalps.a $(LIBS_cli) -ldl -lpthread

# BPF: the distribution's own headers, no copy of this machine's kernel types; the result loads on any kernel that has the hooks
$B/bpf/%.skel.h: bpf/%.bpf.c core/kernel.h core/reason.h
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) -Wall -Wextra -Werror -O2 -g -target bpf -I. -idirafter /usr/include/$(shell $(CC) -print-multiarch) -c $< -o $B/bpf/$*.o
	$(Q)$(BPFTOOL) gen skeleton $B/bpf/$*.o name $*_bpf > $@.part && mv $@.part $@
$B/sidecar/kernel.o: $B/bpf/egress.skel.h
$B/alps-sidecar: $(SIDECAR) $B/libalps.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(SANFLAG) -o $@ $(SIDECAR) $B/libalps.a $(LIBS_sidecar)
layers: $B/layers/alps-aws-x86_64.zip $B/layers/alps-aws-arm64.zip     ## what is shipped to each platform
$B/layers/alps-aws-x86_64.zip: $P/x86_64-linux-gnu.2.26/libalps_guard.so
$B/layers/alps-aws-arm64.zip: $P/aarch64-linux-gnu.2.26/libalps_guard.so
$B/layers/%.zip: layers/aws/pack layers/aws/wrapper
	@mkdir -p $(@D)
	layers/aws/pack $@ alps/wrapper=layers/aws/wrapper alps/libalps_guard.so=$(filter %.so,$^)

test: install                           ## install what is needed, build, pass every test
	$(MAKE) -j2 all layers portable tests
	tests/e2e/guard/install
	tests/run $(UNIT) $(E2E)
demo: install                           ## a poisoned dependency in a serverless app, without and with ALPS
	$(MAKE) -j2 all
	demo/demo
install:                                ## packages, a virtual environment, npm packages (deps/packages.txt)
	@deps/install
tests: $(UNIT)
check: tests                            ## unit tests
	tests/run $(UNIT)
$B/unit/test_patch: LIBS_cli += $(DEPLIB)/libZydis.a
H2OBJ   := $(patsubst shim/%.c,$B/shim/%.o,$(wildcard shim/h2*.c))
$B/unit/test_stream $B/unit/test_h2: $(H2OBJ)
$B/unit/test_stream $B/unit/test_h2: WITH = $(H2OBJ) $(DEPLIB)/libhpack.a
$B/unit/%: tests/unit/%.c $(ALLOW) $B/libalps.a $B/libalps_analyze.a
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(ALL) $(CFLAGS) -Itests/support $(INC_tests) $< $(WITH) $(ALLOW) $B/libalps_analyze.a $B/libalps.a $(LIBS_cli) \
	    -lcriterion -o $@
# Criterion itself and short-lived tools leak, so leaks are not looked for; the guard is the plain one, because a sanitizer
# cannot be preloaded into programs without it.
SANITIZED := build-address,undefined
asan: all                               ## unit tests and the alps command with address and undefined behaviour sanitizers
	ASAN_OPTIONS=detect_leaks=0 $(MAKE) -j2 check $(SANITIZED)/alps SAN=address$(comma)undefined
	ln -sf ../build/libalps_guard.so $(SANITIZED)/libalps_guard.so
	ASAN_OPTIONS=detect_leaks=0 ALPS_BIN=$(abspath $(SANITIZED))/alps tests/run tests/e2e/cli/test_cli.py
fuzz: $(FUZZ)                           ## build the fuzz targets; tests/fuzz/run SECONDS runs them
FUZZLIB  := $(patsubst %.c,build/fuzz/%.o,$(wildcard core/*.c allowlists/allow_*.c analyzer/*.c analyzer/*/*.c)) build/fuzz/catalog.gen.o
FUZZCC   := $(CLANG) -std=c11 -D_GNU_SOURCE -DALPS_HOLD_BYTES=65536 -O1 -g -I. -Ibuild -MMD -MP \
            -fsanitize=address,undefined -fno-sanitize-recover=all
build/fuzz/catalog.gen.o: build/catalog.gen.c
	@mkdir -p $(@D)
	$(Q)$(CLANG) -std=c11 -I. -O1 -c $< -o $@
build/fuzz/%.o: %.c | deps-build
	@mkdir -p $(@D)
	$(Q)$(FUZZCC) -fsanitize=fuzzer-no-link $(INC_$(firstword $(subst /, ,$*))) -c $< -o $@
build/fuzz/fuzz_h2: LIBS_cli += $(DEPLIB)/libhpack.a
build/fuzz/%: tests/fuzz/%.c $(FUZZLIB)
	$(call say,FUZZ,$<)
	$(Q)$(FUZZCC) -fsanitize=fuzzer $(INC_tests) -Itests/support $< $(FUZZLIB) $(LIBS_cli) -o $@
$B/bench/%: bench/%.c $(ALLOW) $B/libalps.a
	@mkdir -p $(@D)
	$(call say,BENCH,$<)
	$(Q)$(CC) $(ALL) $(CFLAGS) $(INC_tests) $< $(ALLOW) $B/libalps.a $(LIBS_cli) -lpthread -o $@

fuzz-smoke: fuzz                        ## every fuzz target for a few seconds
	tests/fuzz/run 10 $(FUZZ)
catalogue:                              ## the catalogue's tables anew from pinned public packages, and what changed (needs pip, npm, go)
	allowlists/catalog/regenerate
	$(MAKE) $B/catalog.gen.c
corpus: $B/alps                         ## requests told as stories, sent by SDKs, changed a little, and by others: what alps makes of them
	ALPS=$B/alps tests/corpus/check
	ALPS=$B/alps tests/vectors/check
lint:                                   ## shell scripts, C by a second compiler and by a static analyser, line lengths
	tests/lint
bench: all $(BENCH)                     ## with ALPS and without, in turn, in one run: ratios; and ns per verdict
	bench/run
bench-smoke: all $(BENCH)
	bench/run --quick
bench-long: all                         ## does it grow over a million requests, how fast does it upload: minutes
	bench/long
clean:                                  ## all that was built, but not what was fetched
	find build build-* -mindepth 1 -maxdepth 1 ! -name deps ! -name venv ! -name node -exec rm -rf {} + 2>/dev/null || true
help:                                   ## this list
	@sed -nE 's/^([a-z][a-z-]*):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | sort -u | column -ts $$'\t'
.PHONY: all layers demo catalogue corpus lint bench bench-smoke bench-long fuzz-smoke test install tests check asan fuzz clean help deps-build
.SECONDARY:
-include $(shell find $B -name '*.d' -type f -not -path '*/deps/*' 2>/dev/null)
print-flags:                            # for tests/lint: how FILE is compiled
	@echo $(filter-out -MMD -MP,$(ALL)) $(INC_$(firstword $(subst /, ,$(FILE))))
.PHONY: print-flags

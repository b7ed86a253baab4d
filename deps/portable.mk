# deps/portable.mk: the guard for other machines than this one: built by a cross compiler that knows old C libraries (PyPI
# ziglang, deps/packages.txt), so that one file runs from glibc 2.26 (Amazon Linux 2, 2017) on, and one on musl (Alpine).
ZIG      ?= build/venv/bin/python -m ziglang
PORTABLE := x86_64-linux-gnu.2.26 aarch64-linux-gnu.2.26 x86_64-linux-musl aarch64-linux-musl
P        := build/portable
PDEP     := $(addprefix zydis/src/,$(ZYDIS_C:=.c)) $(patsubst %,nghttp2/lib/nghttp2_%.c,$(HPACK_C)) cjson/cJSON.c
PSRC     := $(wildcard core/*.c allowlists/allow_*.c shim/*.c)
PQUIET    = $(filter-out -W%,$(ALL)) -w     # what is the same everywhere the native build has warned about
PCFLAGS  := -O2 -g1 -fno-sanitize=undefined
PINC     := -isystem $P/include

# what only this system's package of Zydis' helpers has, without the rest of this system's headers
$P/include/Zycore:
	@mkdir -p $(@D) && ln -sfn /usr/include/Zycore $@

define portable_rules
$P/$1/libalps_guard.so: $$(PSRC:%.c=$P/$1/%.o) $P/$1/catalog.gen.o $$(PDEP:%.c=$P/$1/deps/%.o) shim/guard.map deps/check-portable
	$$(call say,LINK,$$@)
	$$(Q)$$(ZIG) cc -target $1 -shared -s -Wl,--version-script=shim/guard.map -Wl,-z,defs -Wl,-z,now -Wl,-z,relro \
	    -Wl,-z,nodelete -Wl,-Bsymbolic -Wl,--gc-sections -o $$@.part $$(filter %.o,$$^) -ldl -lpthread
	$$(Q)deps/check-portable $1 $$@.part && mv $$@.part $$@
$P/$1/%.o: %.c | deps-build $P/include/Zycore
	@mkdir -p $$(@D)
	$$(call say,CC,"$1 $$<")
	$$(Q)$$(ZIG) cc -target $1 $$(if $$(filter shim/%,$$*),$$(ALL),$$(PQUIET)) $$(PCFLAGS) $$(INC_$$(firstword $$(subst /, ,$$*))) $$(PINC) -c $$< -o $$@
$P/$1/catalog.gen.o: build/catalog.gen.c
	@mkdir -p $$(@D)
	$$(call say,CC,"$1 $$<")
	$$(Q)$$(ZIG) cc -target $1 $$(PQUIET) $$(PCFLAGS) -c $$< -o $$@
$P/$1/deps/%.o: $$(DEPS)/%.c | deps-build $P/include/Zycore
	@mkdir -p $$(@D)
	$$(call say,CC,"$1 $$*")
	$$(Q)$$(ZIG) cc -target $1 $$(PCFLAGS) -fPIC -fvisibility=hidden -w $$(PINC) $$(PDEFS) -c $$< -o $$@
endef
PDEFS    := -I$(DEPS)/zydis/include -I$(DEPS)/zydis/src -DZYDIS_STATIC_BUILD -DZYDIS_DISABLE_FORMATTER -DZYDIS_DISABLE_ENCODER \
            -DZYAN_NO_LIBC -I$(DEPS)/nghttp2/lib/includes -DNGHTTP2_STATICLIB -DHAVE_ARPA_INET_H
$(foreach t,$(PORTABLE),$(eval $(call portable_rules,$t)))
portable: $(PORTABLE:%=$P/%/libalps_guard.so)   ## the guard for x86-64 and arm64, for glibc from 2.26 on and for musl
.PHONY: portable

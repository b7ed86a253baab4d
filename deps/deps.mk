# deps/deps.mk: the libraries that are linked in, built from their packages' sources (deps/sources.txt), position
# independent and static, so that what ships depends on libc alone.  `deps-build` makes all of them.
DEPLIB   := $(DEPS)/lib
DEPCC    := $(CC) -O2 -g -fPIC -fvisibility=hidden -w
GRAMMARS := javascript python typescript tsx go hcl bicep
GRAMMAR_javascript := tree-sitter-javascript/src
GRAMMAR_python     := tree-sitter-python/src
GRAMMAR_typescript := tree-sitter-typescript/typescript/src
GRAMMAR_tsx        := tree-sitter-typescript/tsx/src
GRAMMAR_go         := tree-sitter-go/src
GRAMMAR_hcl        := tree-sitter-hcl/src
GRAMMAR_bicep      := tree-sitter-bicep/src

INC_shim       := -isystem $(DEPS)/zydis/include -isystem $(DEPS)/nghttp2/lib/includes -DNGHTTP2_STATICLIB
INC_allowlists := -isystem $(DEPS)/cjson
INC_cli        := -isystem $(DEPS)/cjson
INC_analyzer   := -isystem $(DEPS)/cjson -isystem $(DEPS)/tree-sitter/vendor/tree-sitter/lib/include
INC_sidecar    := -isystem $B/bpf
INC_tests      := $(INC_analyzer) $(INC_shim)
LIBS_shim      := $(DEPLIB)/libZydis.a $(DEPLIB)/libcjson.a $(DEPLIB)/libhpack.a -l:libffi_pic.a
LIBS_cli       := $(DEPLIB)/libtree-sitter.a $(DEPLIB)/libcjson.a -lyaml
LIBS_sidecar    = -Wl,-Bstatic $(shell pkg-config --static --libs libbpf) -Wl,-Bdynamic

# the first that runs: Ubuntu's /usr/sbin/bpftool looks for one made for the running kernel
BPFTOOL         = $(shell for t in bpftool /usr/sbin/bpftool /usr/lib/linux-tools*/*/bpftool /usr/lib/linux-tools-*/bpftool; do \
                      $$t version >/dev/null 2>&1 && echo $$t && break; done)

deps-build: $(DEPLIB)/libZydis.a $(DEPLIB)/libcjson.a $(DEPLIB)/libhpack.a $(DEPLIB)/libtree-sitter.a

# holds its line of sources.txt, so that another line's change is none of its business
$(DEPS)/%/.fetched: deps/sources.txt
	@grep '^$* ' $< | cmp -s - $@ || { printf '  %-8s %s\n' FETCH $* && deps/fetch $* $(@D) && grep '^$* ' $< >$@; }

ZYDIS_C := Decoder DecoderData Mnemonic Register SharedData Utils MetaInfo Segment Zydis
$(DEPLIB)/libZydis.a: $(DEPS)/zydis/.fetched
	@mkdir -p $(DEPLIB)
	$(call say,LIB,$@)
	$(Q)cd $(DEPS)/zydis && for f in $(ZYDIS_C); do \
	    $(DEPCC) -Iinclude -Isrc -DZYDIS_STATIC_BUILD -DZYDIS_DISABLE_FORMATTER -DZYDIS_DISABLE_ENCODER -DZYAN_NO_LIBC \
	        -c src/$$f.c -o $$f.o || exit 1; done
	$(Q)rm -f $@ && $(AR) rcs $@ $(ZYDIS_C:%=$(DEPS)/zydis/%.o)
# of nghttp2 only what reads and writes header blocks
HPACK_C := hd hd_huffman hd_huffman_data helper buf mem rcbuf
$(DEPLIB)/libhpack.a: $(DEPS)/nghttp2/.fetched
	@mkdir -p $(DEPLIB)
	$(call say,LIB,$@)
	$(Q)cd $(DEPS)/nghttp2/lib && sed -e 's/@PACKAGE_VERSION@/0/' -e 's/@PACKAGE_VERSION_NUM@/0/' \
	    includes/nghttp2/nghttp2ver.h.in >includes/nghttp2/nghttp2ver.h && for f in $(HPACK_C); do \
	    $(DEPCC) -Iincludes -DNGHTTP2_STATICLIB -DHAVE_ARPA_INET_H -c nghttp2_$$f.c -o $$f.o || exit 1; done
	$(Q)rm -f $@ && $(AR) rcs $@ $(HPACK_C:%=$(DEPS)/nghttp2/lib/%.o)
$(DEPLIB)/libcjson.a: $(DEPS)/cjson/.fetched
	@mkdir -p $(DEPLIB)
	$(call say,LIB,$@)
	$(Q)$(DEPCC) -c $(DEPS)/cjson/cJSON.c -o $(DEPS)/cjson/cJSON.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(DEPS)/cjson/cJSON.o
# one object per grammar, so that a new language is only itself to build (Go's has no scanner)
TS_OBJECTS := $(DEPLIB)/ts/core.o $(GRAMMARS:%=$(DEPLIB)/ts/%-grammar.o)
$(DEPLIB)/ts/core.o: $(DEPS)/tree-sitter/.fetched
	@mkdir -p $(@D)
	$(Q)cd $(DEPS)/tree-sitter/vendor/tree-sitter/lib && $(DEPCC) -Iinclude -Isrc -c src/lib.c -o $(abspath $@).part
	@mv $@.part $@
$(DEPLIB)/ts/%-grammar.o: $(foreach d,javascript python typescript go hcl bicep,$(DEPS)/tree-sitter-$d/.fetched)
	@mkdir -p $(@D)
	$(call say,GRAMMAR,$*)
	$(Q)for f in parser scanner; do [ ! -f $(DEPS)/$(GRAMMAR_$*)/$$f.c ] || $(DEPCC) -I$(DEPS)/$(GRAMMAR_$*) \
	    -c $(DEPS)/$(GRAMMAR_$*)/$$f.c -o $@.$$f || exit 1; done
	$(Q)ld -r -o $@.part $@.parser $$(ls $@.scanner 2>/dev/null) && rm -f $@.parser $@.scanner && mv $@.part $@
$(DEPLIB)/libtree-sitter.a: $(TS_OBJECTS)
	$(call say,LIB,$@)
	$(Q)rm -f $@.part && $(AR) rcs $@.part $(TS_OBJECTS) && mv $@.part $@
.PRECIOUS: $(DEPS)/%/.fetched $(DEPLIB)/ts/%-grammar.o

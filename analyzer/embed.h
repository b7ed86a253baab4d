/* analyzer/embed.h: a file as a part of the program: NAME is its text, with a NUL at the end.  Paths are from the root of the
 * source tree, where make runs. */
#ifndef ALPS_EMBED_H
#define ALPS_EMBED_H

#define ALPS_EMBED(name, file)                                                                          \
    __asm__(".section .rodata\n.global " #name "\n.hidden " #name "\n" #name ":\n.incbin \"" file "\"\n" \
            ".byte 0\n.previous\n");                                                                    \
    extern const char name[]

#endif

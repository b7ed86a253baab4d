/* bench/measure.h: the clock and the order statistics that every bench program uses. */
#ifndef ALPS_BENCH_MEASURE_H
#define ALPS_BENCH_MEASURE_H

#include <stdlib.h>
#include <time.h>

static inline double
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int
measure_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Afterwards took[n / 2] is the median. */
static inline void
measure_sort(double *took, size_t n)
{
    qsort(took, n, sizeof *took, measure_order);
}

#endif

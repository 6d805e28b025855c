/* The Gear scan as plain C, to hold the Swift loop against: gcc -O2 gear_loop.c && ./a.out
   Prints MB/s of the loop as written and of the loop unrolled four times, best of seven. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t table[256];

__attribute__((noinline)) static long plain(const uint8_t *p, long n, uint64_t threshold) {
  uint64_t hash = 0;
  for (long i = 0; i < n; i++) {
    hash = (hash << 1) + table[p[i]];
    if (hash < threshold) return i;
  }
  return n;
}

#define STEP(k) hash = (hash << 1) + table[p[i + k]]; if (hash < threshold) return i + k;
__attribute__((noinline)) static long unrolled(const uint8_t *p, long n, uint64_t threshold) {
  uint64_t hash = 0;
  long i = 0;
  for (; i + 4 <= n; i += 4) { STEP(0) STEP(1) STEP(2) STEP(3) }
  for (; i < n; i++) { STEP(0) }
  return n;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

int main(void) {
  const long count = 64L << 20;
  uint8_t *bytes = malloc(count);
  uint64_t state = 42;
  for (int i = 0; i < 256; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    table[i] = (state ^ state >> 31) * 0x9E3779B97F4A7C15u;
  }
  for (long i = 0; i < count; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    bytes[i] = state >> 55;
  }
  long (*const scans[2])(const uint8_t *, long, uint64_t) = {plain, unrolled};
  for (int which = 0; which < 2; which++) {
    double best = 1e9;
    for (int round = 0; round < 7; round++) {
      double start = seconds();
      for (long at = 0; at < count;) {
        long left = count - at < 262144 ? count - at : 262144;
        at += scans[which](bytes + at, left, (uint64_t)1 << 49) + 1;
      }
      double taken = seconds() - start;
      if (taken < best) best = taken;
    }
    printf("%s: %.0f MB/s\n", which ? "unrolled" : "plain", count / best / 1e6);
  }
  free(bytes);
}

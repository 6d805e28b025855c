// The same view of the C library as in CStoreShims: two views of one type cannot meet.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <zstd.h>

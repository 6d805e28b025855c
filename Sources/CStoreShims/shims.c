#include "CStoreShims.h"

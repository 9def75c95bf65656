// What Swift sees of the generated messages.
#include "gym.pb-c.h"

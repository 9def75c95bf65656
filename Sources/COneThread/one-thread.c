#include <COneThread.h>

void openblas_set_num_threads(int count);

// Keeps the matrix library from starting threads of its own, before anybody can multiply.
//
// Its products here take microseconds, and idle helpers that spin would take the server's processor.
// How a sum is parted between threads also decides its last bits, which should not depend on the
// machine. And once is enough: to change the count while somebody multiplies is no safe thing to do.
__attribute__((constructor)) static void use_one_thread(void) { openblas_set_num_threads(1); }

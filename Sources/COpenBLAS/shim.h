#include <cblas.h>

// LAPACK's eigenvalues of a general matrix, which OpenBLAS carries. Column-major.
void dgeev_(const char *jobvl, const char *jobvr, const int *n, double *a, const int *lda,
            double *wr, double *wi, double *vl, const int *ldvl, double *vr, const int *ldvr,
            double *work, const int *lwork, int *info);

#include <hdf5.h>

// HDF5's names for types and property classes are macros that open the library first; Swift can't say
// them, so each has a function here.

static inline hid_t hdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t hdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t hdf5_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t hdf5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t hdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t hdf5_c_string(void) { return H5T_C_S1; }
static inline size_t hdf5_variable_size(void) { return H5T_VARIABLE; }

static inline hid_t hdf5_class_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t hdf5_class_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t hdf5_class_dataset_creation(void) { return H5P_DATASET_CREATE; }

static inline unsigned hdf5_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned hdf5_read_only(void) { return H5F_ACC_RDONLY; }

static inline hid_t hdf5_default(void) { return H5P_DEFAULT; }
static inline hsize_t hdf5_unlimited(void) { return H5S_UNLIMITED; }
static inline hid_t hdf5_error_stack(void) { return H5E_DEFAULT; }

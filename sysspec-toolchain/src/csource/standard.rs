//! The C standard and POSIX headers, and the functions of them that generated code may call.
//!
//! Calls that start programs, replace or end the process, or load code are left out on purpose:
//! candidate code runs on the machine that judges it, and later inside the host of an image.

/// A header with the functions and function-like macros that may be called after including it.
struct Header {
    name: &'static str,
    callable: &'static str,
}

const HEADERS: &[Header] = &[
    Header { name: "assert.h", callable: "assert static_assert" },
    Header { name: "complex.h", callable: "" },
    Header {
        name: "ctype.h",
        callable: "isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper \
                   isxdigit tolower toupper",
    },
    Header {
        name: "dirent.h",
        callable: "opendir readdir closedir rewinddir seekdir telldir dirfd fdopendir",
    },
    Header {
        name: "endian.h",
        callable: "htobe16 htole16 be16toh le16toh htobe32 htole32 be32toh le32toh \
                   htobe64 htole64 be64toh le64toh",
    },
    Header { name: "errno.h", callable: "" },
    Header { name: "fcntl.h", callable: "open openat creat fcntl posix_fadvise posix_fallocate" },
    Header { name: "fenv.h", callable: "" },
    Header { name: "float.h", callable: "" },
    Header { name: "inttypes.h", callable: "imaxabs imaxdiv strtoimax strtoumax" },
    Header { name: "iso646.h", callable: "" },
    Header { name: "limits.h", callable: "" },
    Header { name: "locale.h", callable: "" },
    Header {
        name: "math.h",
        callable: "ceil ceilf floor floorf fabs fabsf fmod fmodf pow powf sqrt sqrtf log log2 log10 exp exp2 \
                   round roundf lround llround trunc truncf isnan isinf isfinite",
    },
    Header {
        name: "pthread.h",
        callable: "pthread_mutex_init pthread_mutex_destroy pthread_mutex_lock pthread_mutex_trylock \
                   pthread_mutex_timedlock pthread_mutex_unlock pthread_mutexattr_init pthread_mutexattr_destroy \
                   pthread_mutexattr_settype pthread_mutexattr_gettype pthread_rwlock_init pthread_rwlock_destroy \
                   pthread_rwlock_rdlock pthread_rwlock_tryrdlock pthread_rwlock_wrlock pthread_rwlock_trywrlock \
                   pthread_rwlock_unlock pthread_cond_init pthread_cond_destroy pthread_cond_wait \
                   pthread_cond_timedwait pthread_cond_signal pthread_cond_broadcast pthread_spin_init \
                   pthread_spin_destroy pthread_spin_lock pthread_spin_trylock pthread_spin_unlock pthread_once \
                   pthread_self pthread_equal pthread_create pthread_join pthread_detach pthread_key_create \
                   pthread_key_delete pthread_getspecific pthread_setspecific pthread_barrier_init \
                   pthread_barrier_destroy pthread_barrier_wait",
    },
    Header { name: "sched.h", callable: "sched_yield" },
    Header {
        name: "semaphore.h",
        callable: "sem_init sem_destroy sem_wait sem_trywait sem_timedwait sem_post sem_getvalue",
    },
    Header { name: "setjmp.h", callable: "" },
    Header { name: "signal.h", callable: "" },
    Header { name: "stdalign.h", callable: "" },
    Header { name: "stdarg.h", callable: "va_start va_arg va_copy va_end" },
    Header {
        name: "stdatomic.h",
        callable: "atomic_init atomic_load atomic_load_explicit atomic_store atomic_store_explicit atomic_exchange \
                   atomic_exchange_explicit atomic_compare_exchange_strong atomic_compare_exchange_strong_explicit \
                   atomic_compare_exchange_weak atomic_compare_exchange_weak_explicit atomic_fetch_add \
                   atomic_fetch_add_explicit atomic_fetch_sub atomic_fetch_sub_explicit atomic_fetch_or \
                   atomic_fetch_or_explicit atomic_fetch_xor atomic_fetch_xor_explicit atomic_fetch_and \
                   atomic_fetch_and_explicit atomic_thread_fence atomic_signal_fence atomic_is_lock_free \
                   atomic_flag_test_and_set atomic_flag_test_and_set_explicit atomic_flag_clear \
                   atomic_flag_clear_explicit ATOMIC_VAR_INIT kill_dependency",
    },
    Header { name: "stdbool.h", callable: "" },
    Header { name: "stddef.h", callable: "offsetof" },
    Header {
        name: "stdint.h",
        callable: "INT8_C INT16_C INT32_C INT64_C UINT8_C UINT16_C UINT32_C UINT64_C INTMAX_C UINTMAX_C",
    },
    Header {
        name: "stdio.h",
        callable: "printf fprintf sprintf snprintf vprintf vfprintf vsprintf vsnprintf scanf fscanf sscanf putchar \
                   putc puts fputc fputs getc fgetc fgets ungetc fopen fdopen freopen fclose fflush fread fwrite \
                   fseek fseeko ftell ftello rewind fgetpos fsetpos feof ferror clearerr setbuf setvbuf fileno \
                   perror getline getdelim open_memstream fmemopen",
    },
    Header {
        name: "stdlib.h",
        callable: "malloc calloc realloc free aligned_alloc posix_memalign abs labs llabs div ldiv lldiv atoi atol \
                   atoll atof strtol strtoll strtoul strtoull strtod strtof qsort bsearch rand srand rand_r \
                   random srandom getenv",
    },
    Header { name: "stdnoreturn.h", callable: "" },
    Header {
        name: "string.h",
        callable: "memcpy memmove memset memcmp memchr memrchr memmem mempcpy strcpy strncpy stpcpy stpncpy strcat \
                   strncat strcmp strncmp strcoll strchr strchrnul strrchr strspn strcspn strpbrk strstr strtok \
                   strtok_r strlen strnlen strdup strndup strerror strerror_r strsep strxfrm",
    },
    Header { name: "strings.h", callable: "strcasecmp strncasecmp ffs ffsl ffsll bzero" },
    Header {
        name: "sys/stat.h",
        callable: "S_ISREG S_ISDIR S_ISCHR S_ISBLK S_ISFIFO S_ISLNK S_ISSOCK stat fstat \
                   lstat fstatat umask",
    },
    Header { name: "sys/statvfs.h", callable: "statvfs fstatvfs" },
    Header { name: "sys/sysmacros.h", callable: "major minor makedev" },
    Header { name: "sys/time.h", callable: "gettimeofday timeradd timersub timercmp timerclear timerisset" },
    Header { name: "sys/types.h", callable: "" },
    Header { name: "sys/uio.h", callable: "readv writev preadv pwritev" },
    Header { name: "sys/mman.h", callable: "mmap munmap msync madvise memfd_create" },
    Header { name: "sys/syscall.h", callable: "" },
    Header { name: "tgmath.h", callable: "" },
    Header {
        name: "threads.h",
        callable: "mtx_init mtx_destroy mtx_lock mtx_trylock mtx_timedlock mtx_unlock cnd_init cnd_destroy cnd_wait \
                   cnd_timedwait cnd_signal cnd_broadcast call_once thrd_yield thrd_current thrd_equal tss_create \
                   tss_delete tss_get tss_set",
    },
    Header {
        name: "time.h",
        callable: "time clock clock_gettime clock_getres difftime mktime gmtime gmtime_r localtime localtime_r \
                   strftime timespec_get nanosleep clock_nanosleep",
    },
    Header { name: "uchar.h", callable: "mbrtoc16 c16rtomb mbrtoc32 c32rtomb" },
    Header {
        name: "unistd.h",
        callable: "read write pread pwrite lseek close fsync fdatasync ftruncate dup sysconf getpagesize getpid \
                   getuid geteuid getgid getegid usleep sleep",
    },
    Header { name: "wchar.h", callable: "wcslen wcscmp wcscpy wcsncpy wcschr mbrtowc wcrtomb mbrlen" },
    Header { name: "wctype.h", callable: "towlower towupper iswalpha iswdigit iswspace" },
];

/// Compiler built-ins that the standard headers expand to, or that have no other spelling.
const BUILTINS: &str = "_Static_assert __builtin_add_overflow __builtin_sub_overflow __builtin_mul_overflow \
                        __builtin_expect __builtin_clz __builtin_clzl __builtin_clzll __builtin_ctz __builtin_ctzl \
                        __builtin_ctzll __builtin_popcount __builtin_popcountl __builtin_popcountll";

/// Prefixes of the functions that take, release or wait for locks.
const LOCKING: &str = "pthread_mutex_lock pthread_mutex_trylock pthread_mutex_timedlock pthread_mutex_unlock \
                       pthread_rwlock_rdlock pthread_rwlock_tryrdlock pthread_rwlock_wrlock \
                       pthread_rwlock_trywrlock pthread_rwlock_unlock pthread_cond_wait pthread_cond_timedwait \
                       pthread_cond_signal pthread_cond_broadcast pthread_spin_lock pthread_spin_trylock \
                       pthread_spin_unlock sem_wait sem_trywait sem_timedwait sem_post mtx_lock mtx_trylock \
                       mtx_timedlock mtx_unlock cnd_wait cnd_timedwait cnd_signal cnd_broadcast";

fn lists(words: &str, name: &str) -> bool {
    words.split_ascii_whitespace().any(|word| word == name)
}

/// Whether `name` (such as `sys/stat.h`) is a C standard or POSIX header.
pub fn is_header(name: &str) -> bool {
    HEADERS.iter().any(|header| header.name == name)
}

/// Whether generated code may call the C or POSIX function or function-like macro `name`.
pub fn is_callable(name: &str) -> bool {
    HEADERS.iter().any(|header| lists(header.callable, name)) || lists(BUILTINS, name)
}

/// Whether the C or POSIX function `name` takes, releases or waits for a lock.
pub fn is_lock_primitive(name: &str) -> bool {
    lists(LOCKING, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_and_posix_headers_are_known_by_their_include_names() {
        assert!(is_header("stdint.h"));
        assert!(is_header("sys/stat.h"));
        assert!(!is_header("util.h"));
        assert!(!is_header("linux/fs.h"));
    }

    #[test]
    fn programs_cannot_be_started_nor_the_process_ended() {
        for name in ["system", "popen", "execv", "fork", "exit", "abort", "dlopen", "longjmp"] {
            assert!(!is_callable(name), "{name}");
        }
        assert!(is_callable("memcpy") && is_callable("S_ISDIR") && is_callable("clock_gettime"));
    }

    #[test]
    fn every_lock_primitive_is_a_callable_function_otherwise() {
        for name in LOCKING.split_ascii_whitespace() {
            assert!(is_callable(name), "{name}");
        }
    }
}

//! What the functions of the C library do to memory and locks.

/// What a function of the C library does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Gives new memory, or `NULL`.
    Allocates,
    /// Frees its first argument and gives new memory; or gives `NULL` and does nothing.
    Reallocates,
    /// Frees its first argument.
    Frees,
    /// Takes the lock that its first argument points to.
    Locks,
    /// Takes that lock, if nobody has it, and says whether by 0.
    TriesLock,
    /// Gives that lock up.
    Unlocks,
    /// Gives up the lock of its second argument while it waits, and has it again afterwards.
    Waits,
    /// Reads only what its arguments point to.
    Reads,
    /// Reads only; gives `NULL` when there is nothing of the kind.
    Searches,
    /// May change what its arguments point to.
    Writes,
}

const LOCKS: &str =
    "pthread_mutex_lock pthread_spin_lock pthread_rwlock_wrlock pthread_rwlock_rdlock mtx_lock";
const TRIES: &str = "pthread_mutex_trylock pthread_spin_trylock pthread_rwlock_trywrlock pthread_rwlock_tryrdlock \
     pthread_mutex_timedlock mtx_trylock mtx_timedlock";
const UNLOCKS: &str = "pthread_mutex_unlock pthread_spin_unlock pthread_rwlock_unlock mtx_unlock";
const WAITS: &str = "pthread_cond_wait pthread_cond_timedwait cnd_wait cnd_timedwait";
const ALLOCATES: &str = "malloc calloc strdup strndup aligned_alloc valloc memalign";
const SEARCHES: &str =
    "getenv strchr strrchr strstr strpbrk memchr bsearch strtok strtok_r fopen fdopen tmpfile";
const READS: &str = "strlen strnlen strcmp strncmp strcasecmp strncasecmp memcmp strspn strcspn strcoll atoi atol atoll \
     atomic_load atomic_load_explicit puts printf fprintf putchar fputs fwrite perror abs labs llabs isalpha isdigit \
     isalnum isspace isupper islower tolower toupper strtol strtoul strtoll strtoull time clock getpid getuid getgid \
     pthread_self sysconf rand random write pwrite __atomic_load_n S_ISDIR S_ISREG S_ISLNK S_ISCHR S_ISBLK S_ISFIFO \
     S_ISSOCK va_end va_start";
/// Functions that touch what every pointer among these arguments points to, counted from 0.
const TOUCHES: &[(&str, &[usize])] = &[
    ("strlen", &[0]),
    ("strcmp", &[0, 1]),
    ("strncmp", &[0, 1]),
    ("strcasecmp", &[0, 1]),
    ("strcpy", &[0, 1]),
    ("strncpy", &[0, 1]),
    ("strcat", &[0, 1]),
    ("strncat", &[0, 1]),
    ("strchr", &[0]),
    ("strrchr", &[0]),
    ("strstr", &[0, 1]),
    ("strdup", &[0]),
    ("strndup", &[0]),
    ("memcpy", &[0, 1]),
    ("memmove", &[0, 1]),
    ("memset", &[0]),
    ("memcmp", &[0, 1]),
    ("memchr", &[0]),
    ("sprintf", &[0, 1]),
    ("puts", &[0]),
    ("fputs", &[0]),
    ("fclose", &[0]),
    ("pthread_mutex_init", &[0]),
    ("pthread_mutex_lock", &[0]),
    ("pthread_mutex_unlock", &[0]),
    ("pthread_mutex_destroy", &[0]),
];

/// What a function does; `None` when it is no function of the C library.
pub fn effect(name: &str) -> Option<Effect> {
    let table = [
        (LOCKS, Effect::Locks),
        (TRIES, Effect::TriesLock),
        (UNLOCKS, Effect::Unlocks),
        (WAITS, Effect::Waits),
        (ALLOCATES, Effect::Allocates),
        ("realloc reallocarray", Effect::Reallocates),
        ("free cfree", Effect::Frees),
        (SEARCHES, Effect::Searches),
        (READS, Effect::Reads),
    ];
    let known = table.into_iter().find(|(names, _)| lists(names, name)).map(|(_, effect)| effect);
    let is_builtin =
        name.starts_with("atomic_") || name.starts_with("__builtin_") || name.starts_with("__atomic_");
    known.or_else(|| (is_builtin || crate::csource::standard::is_callable(name)).then_some(Effect::Writes))
}

/// Whether a function takes, gives up or waits for a lock.
pub fn is_lock(name: &str) -> bool {
    matches!(effect(name), Some(Effect::Locks | Effect::TriesLock | Effect::Unlocks | Effect::Waits))
        || matches!(name, "pthread_mutex_init" | "pthread_mutex_destroy" | "mtx_init" | "mtx_destroy")
}

/// The arguments that a function follows, so that they may not be `NULL`.
pub fn touched(name: &str) -> &'static [usize] {
    TOUCHES.iter().find(|(known, _)| *known == name).map_or(&[], |(_, arguments)| arguments)
}

fn lists(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_told_from_other_code() {
        assert_eq!(effect("calloc"), Some(Effect::Allocates));
        assert_eq!(effect("memcpy"), Some(Effect::Writes));
        assert_eq!(effect("inode_create"), None);
        assert!(is_lock("pthread_mutex_unlock") && !is_lock("memcpy"));
    }
}

//! The types of Linux on 64 bits: x86-64 and arm64 psABI, glibc.

/// What a standard typedef name is there.
pub fn standard_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "int8_t" => "signed char",
        "uint8_t" => "unsigned char",
        "int16_t" => "short",
        "uint16_t" => "unsigned short",
        "int32_t" | "pid_t" | "clockid_t" | "wchar_t" => "int",
        "uint32_t" | "mode_t" | "uid_t" | "gid_t" | "id_t" | "socklen_t" | "useconds_t" => "unsigned int",
        "int64_t" | "ssize_t" | "ptrdiff_t" | "intptr_t" | "intmax_t" | "off_t" | "time_t" | "clock_t"
        | "blksize_t" | "blkcnt_t" | "suseconds_t" => "long",
        "uint64_t" | "size_t" | "uintptr_t" | "uintmax_t" | "dev_t" | "ino_t" | "nlink_t" | "fsblkcnt_t"
        | "fsfilcnt_t" => "unsigned long",
        _ => return None,
    })
}

/// Size and signedness of an integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer {
    /// Its size in bytes.
    pub bytes: u32,
    /// Whether it has negative values.
    pub signed: bool,
}

impl Integer {
    /// `int`
    pub const INT: Integer = Integer { bytes: 4, signed: true };
    /// `unsigned long`, which `size_t` is
    pub const UNSIGNED_LONG: Integer = Integer { bytes: 8, signed: false };

    /// The type that integers have before an operator works on them (C11 6.3.1.1p2).
    pub fn promoted(self) -> Integer {
        if self.bytes < 4 { Integer::INT } else { self }
    }

    /// The common type of two operands (C11 6.3.1.8).
    pub fn common(self, other: Integer) -> Integer {
        let (left, right) = (self.promoted(), other.promoted());
        match left.bytes.cmp(&right.bytes) {
            std::cmp::Ordering::Greater => left,
            std::cmp::Ordering::Less => right,
            std::cmp::Ordering::Equal => Integer { bytes: left.bytes, signed: left.signed && right.signed },
        }
    }

    /// Whether a value is one of the type's.
    pub fn holds(self, value: i128) -> bool {
        self.converted(value) == value
    }

    /// The value that a conversion to this type gives.
    pub fn converted(self, value: i128) -> i128 {
        let modulus = 1_i128 << (8 * self.bytes);
        let low = value.rem_euclid(modulus);
        if self.signed && low >= modulus / 2 { low - modulus } else { low }
    }
}

/// The integer type with this first spelling of C11's, such as `unsigned long`.
pub fn integer(basic: &str) -> Option<Integer> {
    let (bytes, signed) = match basic {
        "bool" | "unsigned char" => (1, false),
        "char" | "signed char" => (1, true),
        "short" => (2, true),
        "unsigned short" => (2, false),
        "int" => (4, true),
        "unsigned int" => (4, false),
        "long" | "long long" => (8, true),
        "unsigned long" | "unsigned long long" => (8, false),
        _ => return None,
    };
    Some(Integer { bytes, signed })
}

/// The size of an arithmetic type in bytes.
pub fn size(basic: &str) -> Option<u32> {
    match basic {
        "float" => Some(4),
        "double" => Some(8),
        "long double" => Some(16),
        other => integer(other).map(|integer| integer.bytes),
    }
}

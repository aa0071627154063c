//! What a mount is made from, and how it is handed to the host process.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::error::MountError;

/// What to mount, where, and how large.
#[derive(Clone, Debug, PartialEq)]
pub struct MountOptions {
    /// The image: a shared object that exports `specfs_image`.
    pub image: PathBuf,
    /// An empty directory.
    pub mountpoint: PathBuf,
    /// What `df` and `mount` show as the source.
    pub name: String,
    /// How much data the file system takes, in bytes; rounded down to whole blocks of 4 KiB.
    pub capacity_bytes: u64,
    /// How many inodes it takes.
    pub inodes: u64,
    /// How many threads serve requests; two are best, and 0 means 1.
    pub threads: usize,
    /// Whether other users may use the mount, each with their own rights.
    pub allow_other: bool,
    /// What suits most, and is seldom changed.
    pub tuning: Tuning,
}

/// The finer points of a mount. The default is right for general use.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuning {
    /// Whether the image is asked at every open and every create. Otherwise it is asked at the first
    /// open only, and the kernel opens and closes without a message, several times as fast.
    pub open_requests: bool,
    /// Whether the serving threads move to the CPU of a lone client: about twice as many small requests
    /// a second. It suspends itself while several clients are active or the CPU is contended.
    pub follow_client: bool,
    /// How long to wait for the users of a busy file system before it is detached from under them.
    pub busy_limit: Duration,
}

impl Default for Tuning {
    fn default() -> Tuning {
        Tuning { open_requests: false, follow_client: false, busy_limit: Duration::from_secs(5) }
    }
}

impl MountOptions {
    /// The arguments that [`supervise`](crate::supervise) adds to the host command.
    pub fn to_arguments(&self) -> Vec<OsString> {
        let named = |name: &str, value: &OsStr| {
            let mut argument = OsString::from(format!("--{name}="));
            argument.push(value);
            argument
        };
        let number = |name: &str, value: &dyn ToString| named(name, OsStr::new(&value.to_string()));
        let mut arguments = vec![
            named("image", self.image.as_os_str()),
            named("mountpoint", self.mountpoint.as_os_str()),
            named("name", OsStr::new(&self.name)),
            number("capacity-bytes", &self.capacity_bytes),
            number("inodes", &self.inodes),
            number("threads", &self.threads),
            number("busy-limit-ms", &self.tuning.busy_limit.as_millis()),
        ];
        let flags = [
            ("allow-other", self.allow_other),
            ("open-requests", self.tuning.open_requests),
            ("follow-client", self.tuning.follow_client),
        ];
        arguments.extend(flags.iter().filter(|(_, set)| *set).map(|(name, _)| format!("--{name}").into()));
        arguments
    }

    /// Reads what [`to_arguments`](Self::to_arguments) wrote. Fails with
    /// [`MountError::HostArguments`], which only a host process that was started by hand meets.
    pub fn from_arguments<I>(arguments: I) -> Result<MountOptions, MountError>
    where
        I: IntoIterator<Item = OsString>,
    {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let given = Given(&arguments);
        given.check_names()?;
        Ok(MountOptions {
            image: given.value("image")?.into(),
            mountpoint: given.value("mountpoint")?.into(),
            name: given.value("name")?.to_string_lossy().into_owned(),
            capacity_bytes: given.number("capacity-bytes")?,
            inodes: given.number("inodes")?,
            threads: given.number("threads")?,
            allow_other: given.flag("allow-other"),
            tuning: Tuning {
                open_requests: given.flag("open-requests"),
                follow_client: given.flag("follow-client"),
                busy_limit: Duration::from_millis(given.number("busy-limit-ms")?),
            },
        })
    }
}

const NAMES: [&str; 10] = [
    "image",
    "mountpoint",
    "name",
    "capacity-bytes",
    "inodes",
    "threads",
    "busy-limit-ms",
    "allow-other",
    "open-requests",
    "follow-client",
];

struct Given<'a>(&'a [OsString]);

impl<'a> Given<'a> {
    fn check_names(&self) -> Result<(), MountError> {
        let known = |argument: &OsStr| {
            let bytes = argument.as_encoded_bytes();
            let name = bytes.split(|byte| *byte == b'=').next().unwrap_or(bytes);
            name.strip_prefix(b"--").is_some_and(|name| NAMES.iter().any(|known| known.as_bytes() == name))
        };
        match self.0.iter().find(|argument| !known(argument)) {
            None => Ok(()),
            Some(argument) => {
                Err(MountError::HostArguments(format!("`{}` means nothing", argument.to_string_lossy())))
            }
        }
    }

    fn flag(&self, name: &str) -> bool {
        self.0.iter().any(|argument| argument.to_str() == Some(&format!("--{name}")))
    }

    fn value(&self, name: &str) -> Result<OsString, MountError> {
        use std::os::unix::ffi::OsStringExt;
        let start = format!("--{name}=");
        let value =
            self.0.iter().find_map(|argument| argument.as_encoded_bytes().strip_prefix(start.as_bytes()));
        value
            .map(|bytes| OsString::from_vec(bytes.to_vec()))
            .ok_or_else(|| MountError::HostArguments(format!("--{name} is missing")))
    }

    fn number<T: FromStr>(&self, name: &str) -> Result<T, MountError> {
        let value = self.value(name)?;
        let wrong = || MountError::HostArguments(format!("--{name} is {value:?} and not a number"));
        value.to_str().and_then(|text| text.parse().ok()).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_reach_the_host_process_as_they_were_given() {
        use std::os::unix::ffi::OsStringExt;
        let options = MountOptions {
            image: "/tmp/an image=1.so".into(),
            mountpoint: PathBuf::from(OsString::from_vec(b"/mnt/\xff".to_vec())),
            name: "a name, with a comma".into(),
            capacity_bytes: u64::MAX,
            inodes: 7,
            threads: 2,
            allow_other: true,
            tuning: Tuning {
                open_requests: true,
                follow_client: true,
                busy_limit: Duration::from_millis(250),
            },
        };
        assert_eq!(MountOptions::from_arguments(options.to_arguments()).unwrap(), options);
        let plain = MountOptions { allow_other: false, tuning: Tuning::default(), ..options };
        assert_eq!(MountOptions::from_arguments(plain.to_arguments()).unwrap(), plain);
    }

    #[test]
    fn arguments_that_are_missing_or_wrong_are_named() {
        let complain = |arguments: &[&str]| {
            let arguments = arguments.iter().map(OsString::from);
            MountOptions::from_arguments(arguments).unwrap_err().to_string()
        };
        assert!(complain(&[]).ends_with("--image is missing"));
        assert!(complain(&["--image=a", "--colour=red"]).ends_with("`--colour=red` means nothing"));
        let wrong = ["--image=a", "--mountpoint=b", "--name=c", "--capacity-bytes=many"];
        assert!(complain(&wrong).ends_with("--capacity-bytes is \"many\" and not a number"));
    }
}

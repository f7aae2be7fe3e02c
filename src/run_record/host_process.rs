//! Identifies the program that started this process, by process id and start time.

use std::process;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::key::hash64;

/// One run of the host program, whose processes share a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostId(pub(super) u64);

impl HostId {
    /// The program that started this process; `None` if the system does not say.
    #[must_use]
    pub fn parent() -> Option<Self> {
        let mut system = System::new().ok()?;
        let mut look_at = |pid: Pid| {
            let nothing = ProcessRefreshKind::nothing();
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, nothing);
            let process = system.process(pid)?;
            Some((process.parent(), process.start_time()))
        };
        let (parent, _) = look_at(Pid::from_u32(process::id()))?;
        let parent = parent?;
        let (_, started_at) = look_at(parent)?;
        let (parent, started_at) = (parent.to_string(), started_at.to_string());
        Some(Self(hash64(&[&parent, &started_at])))
    }

    /// A host with a unique name, for tests.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self(hash64(&[name]))
    }
}

/// The command line of the program that started this process, without the name of the program; empty if the system does
/// not say.
#[must_use]
pub fn parent_arguments() -> Vec<String> {
    let arguments = || {
        let mut system = System::new().ok()?;
        let mut command_line = |pid: Pid, kind: ProcessRefreshKind| {
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
            let process = system.process(pid)?;
            let words = process.cmd().iter().skip(1);
            let words = words.map(|word| word.to_string_lossy().into_owned());
            Some((process.parent(), words.collect::<Vec<_>>()))
        };
        let nothing = ProcessRefreshKind::nothing();
        let (parent, _) = command_line(Pid::from_u32(process::id()), nothing)?;
        let with_words = nothing.with_cmd(UpdateKind::Always);
        let (_, words) = command_line(parent?, with_words)?;
        Some(words)
    };
    arguments().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_host_id_is_stable() {
        let parent = HostId::parent();
        assert!(parent.is_some());
        assert_eq!(parent, HostId::parent());
        assert_ne!(HostId::from_name("a"), HostId::from_name("b"));
    }

    #[cfg(unix)]
    #[test]
    fn the_parents_arguments_are_those_it_was_started_with() {
        let expected = std::fs::read(format!(
            "/proc/{}/cmdline",
            std::os::unix::process::parent_id()
        ));
        if let Ok(expected) = expected {
            let expected = String::from_utf8_lossy(&expected).into_owned();
            let words: Vec<_> = expected.split_terminator('\0').skip(1).collect();
            assert_eq!(parent_arguments(), words);
        }
    }
}

//! The sandbox's file system: programs and libraries of the host, read-only; a
//! small `/etc` of its own; empty places to write to; and the staged drive.
//!
//! Nothing of the host's `/etc`, `/home`, `/run`, `/tmp` and `/var` is inside:
//! no configuration that could name another server, and no sockets.

use std::ffi::CString;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::AccessFlags;

use super::enter::{INNER_ID, Outside};
use super::plan::{Hole, Isolation, Plan, SetUpError, Source, Staged};
use super::system_log;
use crate::drive::Drive;
use crate::sensor::system_log::PLACE;
use crate::wine::{self, prefix};

/// Where the new root is put together: a directory that every Linux has, and
/// that holds no program.
const STAGE: &str = "/sys";

/// What programs are made of. Those that are symbolic links stay such.
const PROGRAMS: &[&str] = &[
    "usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix",
];

/// The parts of the host's `/etc` that programs need to start.
const SETTINGS: &[&str] = &[
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "alternatives",
    "localtime",
    "ssl/openssl.cnf",
];

const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom"];

/// Where programs look for the certificates that they trust.
const BUNDLES: &[&str] = &[
    "ssl/certs/ca-certificates.crt",
    "pki/tls/certs/ca-bundle.crt",
];

/// The address of the lab's DNS server.
pub(super) const NAME_SERVER: &str = "127.0.0.53";

/// Builds the file system and makes it the root. Gives the sandbox's own system
/// log, if it has one.
pub(super) fn set_up(plan: &Plan, outside: &Outside) -> Result<Option<UnixDatagram>, SetUpError> {
    let files = Files {
        root: PathBuf::from(STAGE),
        plan,
        outside,
    };
    let step = |name: &'static str| move |error: io::Error| SetUpError::new(name, &error);
    files.prepare().map_err(step("mount a new root"))?;
    files.programs().map_err(step("bind the programs"))?;
    files.settings().map_err(step("write /etc"))?;
    files.devices().map_err(step("bind the devices"))?;
    files.proc().map_err(step("mount /proc"))?;
    files.places().map_err(step("mount places to write to"))?;
    for staged in &plan.staged {
        files.stage(staged).map_err(|error| {
            SetUpError::new(format!("stage {}", staged.place.display()), &error)
        })?;
    }
    files.written().map_err(step("write the user's files"))?;
    files.wine().map_err(step("unpack Wine's prefix"))?;
    files
        .protect_programs()
        .map_err(step("protect the staged programs"))?;
    files
        .mask_sockets()
        .map_err(step("mask the host's sockets"))?;
    // Its place can be made until the root is read-only.
    let log = plan
        .system_log
        .then(|| system_log::bind(&files.at(PLACE)))
        .transpose()
        .map_err(step("bind the system log"))?;
    files.enter().map_err(step("enter the new root"))?;
    Ok(log)
}

struct Files<'a> {
    root: PathBuf,
    plan: &'a Plan,
    outside: &'a Outside,
}

impl Files<'_> {
    fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        let path = self.at(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)
    }

    fn prepare(&self) -> io::Result<()> {
        // Whatever is mounted here is not the host's business.
        mount(
            None::<&str>,
            "/",
            None::<&str>,
            MsFlags::MS_REC | MsFlags::MS_PRIVATE,
            None::<&str>,
        )?;
        temporary(&self.root, "mode=755,size=256m")
    }

    fn programs(&self) -> io::Result<()> {
        let more = self.plan.directories.iter().map(PathBuf::as_path);
        for path in PROGRAMS.iter().map(Path::new).chain(more) {
            let from = Path::new("/").join(path);
            let Ok(metadata) = fs::symlink_metadata(&from) else {
                continue;
            };
            let to = self.at(&from);
            if metadata.is_symlink() {
                symlink(fs::read_link(&from)?, to)?;
            } else {
                fs::create_dir_all(&to)?;
                bind_read_only(&from, &to)?;
            }
        }
        Ok(())
    }

    fn settings(&self) -> io::Result<()> {
        for setting in SETTINGS {
            let from = Path::new("/etc").join(setting);
            let to = self.at(&from);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            if from.is_dir() {
                fs::create_dir_all(&to)?;
                bind_read_only(&from, &to)?;
            } else if from.exists() {
                File::create(&to)?;
                bind_read_only(&from, &to)?;
            }
        }
        for bundle in BUNDLES {
            self.write(
                &format!("etc/{bundle}"),
                self.plan.authority.certificate_pem(),
            )?;
        }
        let home = Path::new(Drive::ROOT).join("Users/analyst");
        let home = home.display();
        self.write(
            "etc/passwd",
            &format!("analyst:x:{INNER_ID}:{INNER_ID}::{home}:/bin/sh\n"),
        )?;
        self.write("etc/group", &format!("analyst:x:{INNER_ID}:\n"))?;
        self.write("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")?;
        self.write(
            "etc/nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n",
        )?;
        // A silent server is given up after a second, not after the default's
        // half a minute.
        self.write(
            "etc/resolv.conf",
            &format!("nameserver {NAME_SERVER}\noptions edns0 timeout:1 attempts:1\n"),
        )
    }

    fn devices(&self) -> io::Result<()> {
        fs::create_dir_all(self.at("dev"))?;
        for device in DEVICES {
            let from = Path::new("/dev").join(device);
            let to = self.at(&from);
            File::create(&to)?;
            bind(&from, &to)?;
        }
        for (link, target) in [
            ("fd", "/proc/self/fd"),
            ("stdin", "/proc/self/fd/0"),
            ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
        ] {
            symlink(target, self.at("dev").join(link))?;
        }
        Ok(())
    }

    fn proc(&self) -> io::Result<()> {
        let proc = self.at("proc");
        fs::create_dir_all(&proc)?;
        mount(
            Some("proc"),
            &proc,
            Some("proc"),
            MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC,
            None::<&str>,
        )?;
        // While it can be written: no user namespaces inside this one, and
        // process ids that differ from the other sandboxes'. Both are a
        // second line (the filter, the process's GUID), so a kernel without
        // these files is no failure.
        let _ = fs::write(proc.join("sys/user/max_user_namespaces"), "0");
        let _ = fs::write(
            proc.join("sys/kernel/ns_last_pid"),
            self.plan.last_process_id.to_string(),
        );
        if self.plan.faults.hole == Some(Hole::KernelSettings) {
            return Ok(());
        }
        let settings = proc.join("sys");
        bind(&settings, &settings)?;
        read_only(&settings)
    }

    fn places(&self) -> io::Result<()> {
        for place in ["run", "home", "root", "var", "mnt"] {
            fs::create_dir_all(self.at(place))?;
        }
        for (place, options) in [
            ("tmp", "mode=1777,size=64m"),
            ("dev/shm", "mode=1777,size=64m"),
            (Drive::ROOT, "mode=755,size=512m"),
        ] {
            let place = self.at(place);
            fs::create_dir_all(&place)?;
            temporary(&place, options)?;
        }
        symlink("/tmp", self.at("var/tmp"))?;
        let profile = self.at(Drive::ROOT).join("Users/analyst");
        for directory in ["AppData/Local/Temp", "Desktop", "Documents", "Downloads"] {
            let directory = profile.join(directory);
            fs::create_dir_all(&directory)?;
            self.give_to_user(&directory)?;
        }
        self.give_to_user(&profile)?;
        if self.plan.faults.hole == Some(Hole::HostSockets) {
            for place in ["run", "tmp"] {
                bind(&Path::new("/").join(place), &self.at(place))?;
            }
        }
        Ok(())
    }

    /// Under root isolation the beacon is another user than the init process.
    fn give_to_user(&self, directory: &Path) -> io::Result<()> {
        match (self.plan.isolation, self.plan.account) {
            (Isolation::Root, Some(account)) => {
                std::os::unix::fs::chown(directory, Some(account.uid), Some(account.gid))
            }
            _ => Ok(()),
        }
    }

    /// Puts a program on the staged drive: bound, so that it stays the very
    /// file of the host, or copied where the sandbox's user may not reach it.
    fn stage(&self, staged: &Staged) -> io::Result<()> {
        let to = self.at(&staged.place);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        let from = match &staged.source {
            Source::File(path) => path.clone(),
            Source::StandIn => fs::read_link("/proc/self/exe")?,
        };
        File::create(&to)?;
        // Readable is not enough for a program: some bind mounts succeed on a
        // file that the user may not execute.
        let is_program = from.metadata()?.permissions().mode() & 0o111 != 0;
        let wanted = if is_program {
            AccessFlags::X_OK
        } else {
            AccessFlags::R_OK
        };
        let reachable = nix::unistd::access(&from, wanted).is_ok();
        if reachable && bind_read_only(&from, &to).is_ok() {
            return Ok(());
        }
        self.copy(&staged.source, &to)
    }

    fn copy(&self, source: &Source, to: &Path) -> io::Result<()> {
        // One copy of a program serves all its names.
        let first = self.plan.staged.iter().find(|staged| {
            let place = self.at(&staged.place);
            staged.source == *source
                && place != to
                && place.metadata().is_ok_and(|metadata| metadata.len() > 0)
        });
        if let Some(first) = first {
            fs::remove_file(to)?;
            return fs::hard_link(self.at(&first.place), to);
        }
        let (_, file) = self
            .outside
            .sources
            .iter()
            .find(|(known, _)| known == source)
            .ok_or(io::ErrorKind::NotFound)?;
        let mut file = file.try_clone()?;
        io::copy(&mut file, &mut File::create(to)?)?;
        fs::set_permissions(to, Permissions::from_mode(0o755))
    }

    /// Writes the user's files, and makes them and their directories the user's.
    fn written(&self) -> io::Result<()> {
        for written in &self.plan.written {
            let to = self.at(&written.place);
            let missing: Vec<_> = to
                .ancestors()
                .skip(1)
                .take_while(|all| !all.exists())
                .collect();
            for directory in missing.into_iter().rev() {
                fs::create_dir(directory)?;
                self.give_to_user(directory)?;
            }
            fs::write(&to, &written.content)?;
            self.give_to_user(&to)?;
        }
        Ok(())
    }

    /// Unpacks Wine's prefix: Windows' own folder onto the staged drive, where
    /// programs that are there already stay, and the rest into a place that its
    /// server writes to.
    fn wine(&self) -> io::Result<()> {
        let Some(archive) = &self.outside.prefix else {
            return Ok(());
        };
        let archive = prefix::read(&mut archive.try_clone()?)?;
        let place = self.at(wine::PREFIX);
        fs::create_dir_all(&place)?;
        temporary(&place, "mode=700,size=64m")?;
        let windows = self.at(Drive::ROOT).join("Windows");
        prefix::unpack(&archive, &place, &windows, &self.plan.host_name)?;
        let launcher = self.at(Drive::ROOT).join(wine::LAUNCHER_FILE);
        fs::write(&launcher, wine::launcher::file())?;
        fs::set_permissions(&launcher, Permissions::from_mode(0o755))?;
        // Wine takes no prefix that is not its user's.
        self.give_to_user(&place)?;
        for entry in fs::read_dir(&place)? {
            self.give_to_user(&entry?.path())?;
        }
        Ok(())
    }

    /// Makes the directories of the staged programs read-only: an ordinary user
    /// of Windows cannot write there, and a program that was replaced would go
    /// under the digests of the staged one. A user's own directories stay as
    /// they are.
    fn protect_programs(&self) -> io::Result<()> {
        let drive = self.at(Drive::ROOT);
        for entry in fs::read_dir(&drive)? {
            let directory = entry?.path();
            if directory.is_dir() && !directory.ends_with("Users") {
                bind_read_only(&directory, &directory)?;
            }
        }
        Ok(())
    }

    /// Sockets with a path work through read-only mounts: an empty file is put
    /// over each that would be in sight.
    fn mask_sockets(&self) -> io::Result<()> {
        if self.plan.faults.hole == Some(Hole::HostSockets) {
            return Ok(());
        }
        let nothing = self.at("run/.nothing");
        File::create(&nothing)?;
        for socket in &self.outside.sockets {
            let inside = self.at(socket);
            if inside.symlink_metadata().is_ok() {
                bind(&nothing, &inside)?;
            }
        }
        Ok(())
    }

    /// Makes the new root the root, and lets go of the old one.
    fn enter(&self) -> io::Result<()> {
        let old = self.root.join("mnt");
        std::env::set_current_dir(&self.root)?;
        match nix::unistd::pivot_root(".", &old) {
            Ok(()) => {
                std::env::set_current_dir("/")?;
                umount2("/mnt", MntFlags::MNT_DETACH)?;
            }
            // Some containers' filters know `mount` but not `pivot_root`.
            Err(Errno::EPERM | Errno::ENOSYS) => {
                mount(Some("."), "/", None::<&str>, MsFlags::MS_MOVE, None::<&str>)?;
                nix::unistd::chroot(".")?;
                std::env::set_current_dir("/")?;
            }
            Err(errno) => return Err(errno.into()),
        }
        set_attributes(Path::new("/"), 0, libc::MOUNT_ATTR_RDONLY)
    }
}

fn temporary(place: &Path, options: &str) -> io::Result<()> {
    mount(
        Some("tmpfs"),
        place,
        Some("tmpfs"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        Some(options),
    )?;
    Ok(())
}

fn bind(from: &Path, to: &Path) -> io::Result<()> {
    mount(
        Some(from),
        to,
        None::<&str>,
        MsFlags::MS_BIND | MsFlags::MS_REC,
        None::<&str>,
    )?;
    Ok(())
}

fn bind_read_only(from: &Path, to: &Path) -> io::Result<()> {
    bind(from, to)?;
    read_only(to)
}

fn read_only(place: &Path) -> io::Result<()> {
    set_attributes(
        place,
        libc::AT_RECURSIVE as u32,
        libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV,
    )
}

/// `mount_setattr(2)`, which unlike a remount reaches the mounts below, and
/// keeps the attributes that are there.
fn set_attributes(place: &Path, flags: u32, attributes: u64) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let place = CString::new(place.as_os_str().as_bytes())?;
    let set = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: the path and the structure live through the call, which only
    // reads them; the size is the structure's.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            place.as_ptr(),
            flags,
            &raw const set,
            size_of::<libc::mount_attr>(),
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

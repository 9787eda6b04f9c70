//! Which processes are Wine's, told by the program that runs in them.

use std::path::Path;

/// Windows programs that Wine itself starts: Windows' own services and shell.
/// Names and order as in Wine's `programs` folder.
const PLATFORM: &[&str] = &[
    "conhost.exe",
    "explorer.exe",
    "plugplay.exe",
    "rpcss.exe",
    "services.exe",
    "svchost.exe",
    "wineboot.exe",
    "winedevice.exe",
    "winemenubuilder.exe",
];

/// A process of Wine, by the file and the arguments that Linux knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process<'a> {
    /// The server, which opens files and sockets for all others.
    Server,
    /// A Windows program, with the name that it was started by.
    Program {
        /// A Windows path, or a part of one.
        name: &'a str,
    },
}

impl<'a> Process<'a> {
    /// What a program of Linux is to Wine; `None` if it is none of Wine's.
    pub(crate) fn of(image: &str, argv: &'a [String]) -> Option<Self> {
        match file_name(image)? {
            "wineserver" | "wineserver64" => Some(Self::Server),
            // Distributions start the server by a script of its name.
            "sh" | "dash" | "bash"
                if argv
                    .iter()
                    .any(|part| file_name(part) == Some("wineserver")) =>
            {
                Some(Self::Server)
            }
            "wine" | "wine64" => Some(Self::Program {
                name: argv.get(1).map_or("", String::as_str),
            }),
            // The preloader is started with the loader as its argument.
            "wine-preloader" | "wine64-preloader" => Some(Self::Program {
                name: argv.get(2).map_or("", String::as_str),
            }),
            _ => None,
        }
    }

    /// Whether it is Windows itself, and not what somebody runs on it.
    pub(crate) fn is_platform(self) -> bool {
        match self {
            Self::Server => true,
            Self::Program { name } => is_platform(name),
        }
    }
}

fn file_name(path: &str) -> Option<&str> {
    Path::new(path).file_name()?.to_str()
}

/// Whether a Windows program is a part of Windows that runs by itself.
pub(crate) fn is_platform(image: &str) -> bool {
    let name = image.rsplit(['\\', '/']).next().unwrap_or(image);
    PLATFORM
        .iter()
        .any(|platform| name.eq_ignore_ascii_case(platform))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(image: &str, argv: &[&str]) -> Option<(bool, String)> {
        let argv: Vec<String> = argv.iter().map(|&argument| argument.to_owned()).collect();
        let process = Process::of(image, &argv)?;
        let name = match process {
            Process::Server => String::new(),
            Process::Program { name } => name.to_owned(),
        };
        Some((process.is_platform(), name))
    }

    #[test]
    fn beacons_are_told_from_windows_itself() {
        let loader = "/usr/lib/wine/wine64";
        assert_eq!(
            of(loader, &[loader, "wscript.exe", "//B"]),
            Some((false, "wscript.exe".to_owned()))
        );
        assert_eq!(
            of(
                "/usr/lib/wine/wine64-preloader",
                &[
                    "wine64-preloader",
                    loader,
                    r"C:\windows\system32\SERVICES.exe"
                ]
            ),
            Some((true, r"C:\windows\system32\SERVICES.exe".to_owned()))
        );
        assert_eq!(
            of("/usr/lib/wine/wineserver64", &["wineserver64"]),
            Some((true, String::new()))
        );
        assert_eq!(
            of(
                "/usr/bin/dash",
                &["/bin/sh", "-e", "/usr/lib/wine/wineserver"]
            ),
            Some((true, String::new()))
        );
        assert_eq!(of("/usr/bin/dash", &["/bin/sh", "-c", "curl"]), None);
        assert_eq!(of("/c/Windows/System32/curl.exe", &["curl.exe"]), None);
        // A name that only looks like one of Windows' own.
        assert!(!is_platform(r"C:\Users\analyst\notconhost.exe"));
    }
}

//! The first Windows program of a sandbox with Wine: it starts the beacon's
//! program with a given command line, waits, and ends with its exit code.
//!
//! It is there because of quotes. Windows starts a program with one text, Linux
//! with a list of arguments, and Wine makes the text of the list by the rules
//! of C programs: a quote becomes `\"`. cmd.exe reads its line by other rules,
//! so that no list gives it the text that it must read. Only a Windows program
//! can hand on a text as it is: this one takes it from an environment variable,
//! which its child does not get. It is the lab's runner, in the events too.
//!
//! A portable executable of 1,536 bytes, written down field by field after
//! Microsoft's "PE Format"; the calls are those of the Win32 API, by the x64
//! calling convention.

/// The environment variable with the command line.
pub(crate) const COMMAND_LINE: &str = "BEACONLAB_COMMAND_LINE";

/// Its exit code where Windows does not start the program; the same that
/// env(1) and timeout(1) have for their own failures.
pub(crate) const FAILED: i32 = 125;

/// The longest command line, in UTF-16 units: `CreateProcess` takes no more.
pub(crate) const LONGEST: usize = 32_766;

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    r#"
    .pushsection .rodata.beaconlab_wine_launcher, "a", @progbits
    .globl beaconlab_wine_launcher
beaconlab_wine_launcher:
    // The DOS header: its magic and where the real one is.
    .ascii "MZ"
    .zero 58
    .long 64
    // The COFF header.
    .ascii "PE\0\0"
    .short 0x8664               // AMD64
    .short 1                    // one section
    .long 0, 0, 0               // no time stamp, no symbols
    .short 240                  // the size of the optional header
    .short 0x0023               // no relocations, executable, large addresses
    // The optional header.
    .short 0x020B               // 64-bit
    .byte 0, 0
    .long 0x400, 0, 0           // sizes of code and data
    .long 0x1000                // the entry point
    .long 0x1000                // where the code begins
    .quad 0x140000000           // where the image is loaded
    .long 0x1000, 0x200         // alignment in memory, in the file
    .short 6, 0, 0, 0, 6, 0     // versions: system, image, subsystem
    .long 0
    .long 0x13000               // the size of the image
    .long 0x200                 // the size of the headers
    .long 0                     // no checksum
    .short 3                    // a program for the console
    .short 0x0100               // data is not run
    .quad 0x100000, 0x1000      // stack
    .quad 0x100000, 0x1000      // heap
    .long 0
    .long 16                    // data directories
    .quad 0                     // exports
    .long .Limports - .Lsection + 0x1000, 40
    .zero 14 * 8
    // The section: all that there is, and the buffer behind it.
    .ascii ".text\0\0\0"
    .long 0x12000, 0x1000       // in memory
    .long 0x400, 0x200          // in the file
    .long 0, 0, 0
    .long 0xE0000020            // code; read, written, run
    .zero 0x200 - (. - beaconlab_wine_launcher)

.Lsection:
    sub rsp, 0x78
    lea rcx, [rip + .Lvariable]
    lea rdx, [rip + .Lsection + 0x1000]
    mov r8d, 0x8000
    call [rip + .Lget_environment_variable]
    lea ecx, [rax - 1]
    cmp ecx, 0x7FFE             // absent, empty or too long
    ja .Lfailed
    lea rcx, [rip + .Lvariable]
    xor edx, edx
    call [rip + .Lset_environment_variable]
    xor ecx, ecx                // the program stands in the command line
    lea rdx, [rip + .Lsection + 0x1000]
    xor r8d, r8d
    xor r9d, r9d
    mov dword ptr [rsp + 0x20], 1   // handles are inherited
    mov dword ptr [rsp + 0x28], r8d
    mov [rsp + 0x30], r8
    mov [rsp + 0x38], r8
    lea rax, [rip + .Lstartup]
    mov [rsp + 0x40], rax
    lea rax, [rip + .Lprocess]
    mov [rsp + 0x48], rax
    call [rip + .Lcreate_process]
    test eax, eax
    jz .Lfailed
    mov rcx, [rip + .Lprocess]
    mov edx, -1                 // for ever
    call [rip + .Lwait]
    mov rcx, [rip + .Lprocess]
    lea rdx, [rip + .Lstatus]
    call [rip + .Lget_exit_code]
    mov ecx, [rip + .Lstatus]
    call [rip + .Lexit]
.Lfailed:
    mov ecx, {failed}
    call [rip + .Lexit]

    .balign 8
.Lstartup:                      // STARTUPINFOW: its size, nothing else
    .long 104
    .zero 100
.Lprocess:                      // PROCESS_INFORMATION
    .zero 24
.Lstatus:
    .long 0

    .balign 8
.Limports:                      // one library, and the end
    .long .Lnames - .Lsection + 0x1000
    .long 0, 0
    .long .Llibrary - .Lsection + 0x1000
    .long .Laddresses - .Lsection + 0x1000
    .zero 20
    .balign 8
.Lnames:
    .quad .Ln1 - .Lsection + 0x1000
    .quad .Ln2 - .Lsection + 0x1000
    .quad .Ln3 - .Lsection + 0x1000
    .quad .Ln4 - .Lsection + 0x1000
    .quad .Ln5 - .Lsection + 0x1000
    .quad .Ln6 - .Lsection + 0x1000
    .quad 0
.Laddresses:
.Lget_environment_variable:
    .quad .Ln1 - .Lsection + 0x1000
.Lset_environment_variable:
    .quad .Ln2 - .Lsection + 0x1000
.Lcreate_process:
    .quad .Ln3 - .Lsection + 0x1000
.Lwait:
    .quad .Ln4 - .Lsection + 0x1000
.Lget_exit_code:
    .quad .Ln5 - .Lsection + 0x1000
.Lexit:
    .quad .Ln6 - .Lsection + 0x1000
    .quad 0
.Llibrary:
    .asciz "kernel32.dll"
    .balign 2
.Ln1:
    .asciz "\0\0GetEnvironmentVariableW"
    .balign 2
.Ln2:
    .asciz "\0\0SetEnvironmentVariableW"
    .balign 2
.Ln3:
    .asciz "\0\0CreateProcessW"
    .balign 2
.Ln4:
    .asciz "\0\0WaitForSingleObject"
    .balign 2
.Ln5:
    .asciz "\0\0GetExitCodeProcess"
    .balign 2
.Ln6:
    .asciz "\0\0ExitProcess"
    .balign 2
.Lvariable:                     // BEACONLAB_COMMAND_LINE
    .short 'B', 'E', 'A', 'C', 'O', 'N', 'L', 'A', 'B', '_'
    .short 'C', 'O', 'M', 'M', 'A', 'N', 'D', '_', 'L', 'I', 'N', 'E', 0
    .zero 0x600 - (. - beaconlab_wine_launcher)
    .popsection
    "#,
    failed = const FAILED,
);

/// The program's file.
#[cfg(target_arch = "x86_64")]
pub(crate) fn file() -> &'static [u8] {
    unsafe extern "C" {
        #[link_name = "beaconlab_wine_launcher"]
        safe static START: [u8; 0x600];
    }
    &START
}

/// The program's file: there is none for other processors.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn file() -> &'static [u8] {
    &[]
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_file_has_the_fields_that_a_loader_looks_for() {
        let file = file();
        let long = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!(&file[..2], b"MZ");
        let header = long(0x3C);
        assert_eq!(&file[header..header + 4], b"PE\0\0");
        let optional = header + 24;
        assert_eq!(file[optional..optional + 2], [0x0B, 0x02]);
        let sections = optional + 240;
        assert_eq!(&file[sections..sections + 5], b".text");
        // What the section says of the file is the file.
        assert_eq!(long(sections + 16) + long(sections + 20), file.len());
        // The imports lead to the library and the first name.
        let offset = |rva: usize| rva - 0x1000 + 0x200;
        let imports = offset(long(optional + 120));
        let name = |at: usize| file[at..].split(|byte| *byte == 0).next().unwrap();
        assert_eq!(name(offset(long(imports + 12))), b"kernel32.dll");
        let first = offset(long(offset(long(imports))));
        assert_eq!(name(first + 2), b"GetEnvironmentVariableW");
        let variable: Vec<u8> = COMMAND_LINE
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(file.windows(variable.len()).any(|part| part == variable));
    }
}

//! Rebuilds the crate when a file is added to the embedded content: the compiler itself notices
//! only changes of files that it has embedded before.

fn main() {
    println!("cargo::rerun-if-changed=T1583.007");
}

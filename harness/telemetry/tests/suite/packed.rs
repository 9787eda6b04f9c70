//! Packs events, as tests need them.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// A member of an archive.
pub type Member<'m> = (&'m str, &'m [u8]);

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

pub fn tar(members: &[Member<'_>]) -> Vec<u8> {
    let mut packed = tar::Builder::new(Vec::new());
    for &(name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        packed.append_data(&mut header, name, bytes).unwrap();
    }
    packed.into_inner().unwrap()
}

pub fn zip(members: &[Member<'_>]) -> Vec<u8> {
    zip_by(members, CompressionMethod::DEFLATE, false)
}

/// A zip whose members are said to be packed so. Only deflate does pack them.
pub fn zip_by(members: &[Member<'_>], method: CompressionMethod, encrypted: bool) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut packed);
    for &(name, bytes) in members {
        if name.ends_with('/') {
            archive.new_dir(name).create().unwrap();
            continue;
        }
        let (mut entry, config) = archive
            .new_file(name)
            .compression_method(method)
            .encrypted(encrypted)
            .start()
            .unwrap();
        let descriptor = if method == CompressionMethod::DEFLATE {
            let encoder = flate2::write::DeflateEncoder::new(&mut entry, Compression::default());
            let mut writer = config.wrap(encoder);
            writer.write_all(bytes).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    packed
}

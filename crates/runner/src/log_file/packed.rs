//! Logs that are kept compressed: gzip and Zstandard, told by their first bytes and never by their name.
//!
//! What is read through [`open_log`] is the log itself, byte for byte, whatever it lies in; a log that is not packed is read as it
//! stands. Several members or frames behind one another, as `cat a.gz b.gz` gives them, are one log. Invariants: memory is that of
//! one window; the checksums of both formats are compared; data that is damaged or cut short is an error of its own
//! ([`PackedDamage`]) and never a shorter log. A log is written plain while it runs: seals and checkpoints count its bytes. Not
//! here: what a log is worth.

use das_core::log::hex;
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::{CompressionLevel, FrameCompressor};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use thiserror::Error;

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// gzip's own middle: a fifth of the time of the best, and all but a hundredth of its gain.
const GZIP_LEVEL: u32 = 6;

/// How a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As it was written.
    Plain,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Packing {
    /// By the first bytes; a file that is shorter than four is plain.
    pub fn of(begin: &[u8]) -> Self {
        match begin {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or one to be skipped before it.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// By the end of a file's name: `.gz`, `.zst`, else plain.
    pub fn named(path: &Path) -> Self {
        match path.extension().and_then(|end| end.to_str()) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// A packed log is damaged.
#[derive(Debug, Error)]
#[error("the {} data is damaged or cut short behind byte {at} of the log in it ({what}); unpack or copy it again", packing.name())]
pub struct PackedDamage {
    packing: Packing,
    /// Bytes of the log that came out before.
    at: u64,
    what: String,
}

/// Whether an error says that packed data is damaged.
pub fn is_damage(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<PackedDamage>)
}

/// Opens a log, packed or not.
pub fn open_log(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    unpacked(BufReader::with_capacity(CHUNK, File::open(path)?))
}

/// How the log in a file is kept.
pub fn packing_of(path: &Path) -> io::Result<Packing> {
    let mut begin = Vec::with_capacity(4);
    File::open(path)?.take(4).read_to_end(&mut begin)?;
    Ok(Packing::of(&begin))
}

/// The log in `from`.
pub fn unpacked<'r>(
    mut from: impl BufRead + Send + 'r,
) -> io::Result<Box<dyn BufRead + Send + 'r>> {
    let packing = Packing::of(from.fill_buf()?);
    let counted = |inner: Box<dyn Read + Send + 'r>| -> Box<dyn BufRead + Send + 'r> {
        Box::new(BufReader::with_capacity(
            CHUNK,
            Unpacked {
                inner,
                packing,
                at: 0,
            },
        ))
    };
    Ok(match packing {
        Packing::Plain => Box::new(from),
        Packing::Gzip => counted(Box::new(MultiGzDecoder::new(from))),
        Packing::Zstd => counted(Box::new(Frames {
            from,
            decoder: FrameDecoder::new(),
            within: false,
        })),
    })
}

/// Names the place where unpacking fails. What the file system says goes through as it is.
struct Unpacked<'r> {
    inner: Box<dyn Read + Send + 'r>,
    packing: Packing,
    at: u64,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(to) {
            Ok(n) => {
                self.at += n as u64;
                Ok(n)
            }
            Err(error)
                if error.kind() == io::ErrorKind::Interrupted || error.raw_os_error().is_some() =>
            {
                Err(error)
            }
            Err(error) => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                PackedDamage {
                    packing: self.packing,
                    at: self.at,
                    what: innermost(&error),
                },
            )),
        }
    }
}

/// What the innermost cause says: those around it repeat it in the words of the library.
fn innermost(error: &io::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Zstandard frames behind one another.
struct Frames<R: BufRead> {
    from: R,
    decoder: FrameDecoder,
    /// Whether a frame has begun and is not at its end.
    within: bool,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.within {
                if self.from.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                self.within = self.begin()?;
                continue;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.from, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
            }
            let n = self.decoder.read(to)?;
            if n > 0 || to.is_empty() {
                return Ok(n);
            }
            let stated = self.decoder.get_checksum_from_data();
            if stated.is_some() && stated != self.decoder.get_calculated_checksum() {
                return Err(io::Error::other("the checksum of a frame does not fit"));
            }
            self.within = false;
        }
    }
}

impl<R: BufRead> Frames<R> {
    /// Reads the header of a frame; false if it was one to be skipped, and was.
    fn begin(&mut self) -> io::Result<bool> {
        let length = match self.decoder.reset(&mut self.from) {
            Ok(()) => return Ok(true),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => u64::from(length),
            Err(error) => return Err(io::Error::other(error)),
        };
        if io::copy(&mut self.from.by_ref().take(length), &mut io::sink())? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(false)
    }
}

/// sha256 of everything that comes, in hexadecimal.
pub fn sha256_of(mut from: impl BufRead) -> io::Result<String> {
    let mut hasher = Sha256::new();
    loop {
        match from.fill_buf() {
            Ok([]) => return Ok(hex(&hasher.finalize())),
            Ok(chunk) => {
                hasher.update(chunk);
                let length = chunk.len();
                from.consume(length);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes what `from` gives to `to`, packed. Returns the bytes read.
pub fn pack(from: &mut dyn Read, to: &mut dyn Write, packing: Packing) -> io::Result<u64> {
    match packing {
        Packing::Plain => io::copy(from, to),
        Packing::Gzip => {
            let mut encoder = GzEncoder::new(to, Compression::new(GZIP_LEVEL));
            let bytes = io::copy(from, &mut encoder)?;
            encoder.finish()?;
            Ok(bytes)
        }
        Packing::Zstd => {
            // The compressor takes neither side's errors: both are kept here, and end it.
            let mut source = Source {
                from,
                bytes: 0,
                failed: None,
            };
            let mut drain = Drain { to, failed: None };
            let mut compressor = FrameCompressor::new(CompressionLevel::Fastest);
            compressor.set_source(&mut source);
            compressor.set_drain(&mut drain);
            compressor.compress();
            match source.failed.or(drain.failed) {
                Some(error) => Err(error),
                None => Ok(source.bytes),
            }
        }
    }
}

struct Source<'a> {
    from: &'a mut dyn Read,
    bytes: u64,
    failed: Option<io::Error>,
}

impl Read for Source<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.from.read(to) {
                Ok(n) => {
                    self.bytes += n as u64;
                    return Ok(n);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some(error);
                    return Ok(0);
                }
            }
        }
    }
}

struct Drain<'a> {
    to: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl Write for Drain<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed.is_none()
            && let Err(error) = self.to.write_all(bytes)
        {
            self.failed = Some(error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Vec<u8> {
        (0..4000_u32)
            .flat_map(|n| {
                format!(
                    "{{\"seq\":{n},\"p\":0.{}}}\n",
                    n.wrapping_mul(2_654_435_761)
                )
                .into_bytes()
            })
            .collect()
    }

    fn packed(bytes: &[u8], packing: Packing) -> Vec<u8> {
        let mut to = Vec::new();
        assert_eq!(
            pack(&mut &*bytes, &mut to, packing).unwrap(),
            bytes.len() as u64
        );
        to
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        unpacked(bytes)?.read_to_end(&mut out).map(|_| out)
    }

    #[test]
    fn what_is_packed_comes_back() {
        // Both formats, of nothing and of a log; told by content; two behind one another are one log.
        for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
            for bytes in [Vec::new(), log()] {
                let one = packed(&bytes, packing);
                assert_eq!(Packing::of(&one), packing);
                assert_eq!(read(&one).unwrap(), bytes);
                let two = [one.as_slice(), one.as_slice()].concat();
                assert_eq!(read(&two).unwrap(), bytes.repeat(2));
            }
        }
        assert!(packed(&log(), Packing::Zstd).len() * 2 < log().len());
    }

    #[test]
    fn what_is_cut_or_changed_is_an_error_and_no_shorter_log() {
        // Cut at many places: an error each, and it says so. A byte changed: an error, or the same log (in a part of a gzip
        // header that says nothing). Nothing panics.
        let bytes = log();
        for packing in [Packing::Gzip, Packing::Zstd] {
            let whole = packed(&bytes, packing);
            for cut in (4..whole.len()).step_by(97).chain([whole.len() - 1]) {
                let error = read(&whole[..cut]).unwrap_err();
                assert!(is_damage(&error), "{packing:?} {cut}: {error}");
            }
            for at in (4..whole.len()).step_by(61) {
                let mut changed = whole.clone();
                changed[at] ^= 1 << (at % 8);
                if let Ok(read) = read(&changed) {
                    assert_eq!(read, bytes, "{packing:?} {at}");
                }
            }
        }
    }

    #[test]
    fn errors_of_either_side_end_the_packing() {
        // A reader that fails and a writer that is full: the error comes through, for each format.
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
            assert!(pack(&mut Broken, &mut Vec::new(), packing).is_err());
            let mut small = [0_u8; 100];
            assert!(pack(&mut log().as_slice(), &mut small.as_mut_slice(), packing).is_err());
        }
    }
}

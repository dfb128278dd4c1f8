//! The frame of a checkpoint: what was saved, and where in the log that was.
//!
//! ```text
//! "DASCKPT\n" · schema u32 · engine u32 · length u64 · position · length u64 · payload · sha256 [32] of everything before
//! ```
//! Integers are little-endian, the position is postcard. A checkpoint belongs to the log whose first `position.offset`
//! bytes have the hash `position.prefix_sha256`; the payload is the saved state of world and hub, opaque here. A checkpoint
//! that is short, changed or of another revision is refused, never guessed at: re-execution from an older one, or from line
//! 0, gives the same run. Storing it is the work of whoever stands behind [`crate::ports::Storage`].

use crate::log::{ENGINE_REVISION, LogPosition, SCHEMA};
use sha2::{Digest, Sha256};
use thiserror::Error;

const MAGIC: &[u8; 8] = b"DASCKPT\n";
const HASH: usize = 32;

/// A checkpoint cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// Not a checkpoint at all.
    #[error("the file is no checkpoint")]
    NotACheckpoint,
    /// Written by another version.
    #[error(
        "the checkpoint has schema {schema} and engine revision {engine}, this program {SCHEMA} and {ENGINE_REVISION}"
    )]
    Foreign {
        /// Schema of the checkpoint.
        schema: u32,
        /// Engine revision of the checkpoint.
        engine: u32,
    },
    /// The file ends early, or a length in it was changed.
    #[error("the checkpoint ends early")]
    TooShort,
    /// Bytes follow it.
    #[error("{0} bytes follow the checkpoint")]
    TooLong(u64),
    /// Its bytes are not those that were written.
    #[error("the checkpoint's bytes do not have its sha256: it was damaged")]
    Damaged,
}

/// A checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Where the log stood.
    pub position: LogPosition,
    /// The saved state.
    pub payload: Vec<u8>,
}

impl Checkpoint {
    /// The bytes to store.
    pub fn encode(&self) -> Vec<u8> {
        let position = postcard::to_stdvec(&self.position)
            .expect("a position is numbers, texts and one map of known length");
        let mut bytes = Vec::with_capacity(self.payload.len() + position.len() + 128);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&SCHEMA.to_le_bytes());
        bytes.extend_from_slice(&ENGINE_REVISION.to_le_bytes());
        for part in [&position, &self.payload] {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        bytes
    }

    /// Reads stored bytes back.
    pub fn decode(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let mut rest = bytes
            .strip_prefix(MAGIC)
            .ok_or(CheckpointError::NotACheckpoint)?;
        let schema = u32::from_le_bytes(*field(&mut rest)?);
        let engine = u32::from_le_bytes(*field(&mut rest)?);
        if (schema, engine) != (SCHEMA, ENGINE_REVISION) {
            return Err(CheckpointError::Foreign { schema, engine });
        }
        let position = part(&mut rest)?;
        let payload = part(&mut rest)?;
        let hash: &[u8; HASH] = field(&mut rest)?;
        if !rest.is_empty() {
            return Err(CheckpointError::TooLong(rest.len() as u64));
        }
        if Sha256::digest(&bytes[..bytes.len() - HASH]).as_slice() != hash {
            return Err(CheckpointError::Damaged);
        }
        Ok(Self {
            position: postcard::from_bytes(position).map_err(|_| CheckpointError::Damaged)?,
            payload: payload.to_vec(),
        })
    }
}

/// Takes a field of fixed width.
fn field<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], CheckpointError> {
    let (field, after) = rest
        .split_first_chunk::<N>()
        .ok_or(CheckpointError::TooShort)?;
    *rest = after;
    Ok(field)
}

/// Takes a field that says its length first.
fn part<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], CheckpointError> {
    let length = u64::from_le_bytes(*field(rest)?);
    let (part, after) = usize::try_from(length)
        .ok()
        .and_then(|length| rest.split_at_checked(length))
        .ok_or(CheckpointError::TooShort)?;
    *rest = after;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Detail;
    use crate::log::LogWriter;
    use crate::ports::NullSink;

    fn example() -> Vec<u8> {
        let log = LogWriter::new(Box::new(NullSink), Detail::Full);
        Checkpoint {
            position: LogPosition {
                offset: 4_096,
                ..log.position()
            },
            payload: b"world and hub".to_vec(),
        }
        .encode()
    }

    #[test]
    fn a_checkpoint_comes_back_as_it_was() {
        let bytes = example();
        let back = Checkpoint::decode(&bytes).unwrap();
        assert_eq!(back.position.offset, 4_096);
        assert_eq!(back.payload, b"world and hub");
        assert_eq!(back.encode(), bytes);
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed() {
        let bytes = example();
        for at in 0..bytes.len() {
            assert!(Checkpoint::decode(&bytes[..at]).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert!(Checkpoint::decode(&changed).is_err(), "bit {bit} of {at}");
            }
        }
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(
            Checkpoint::decode(&longer),
            Err(CheckpointError::TooLong(1))
        );
    }

    #[test]
    fn another_revision_is_named() {
        let mut bytes = example();
        bytes[12] = 9;
        assert_eq!(
            Checkpoint::decode(&bytes),
            Err(CheckpointError::Foreign {
                schema: SCHEMA,
                engine: 9
            })
        );
    }
}

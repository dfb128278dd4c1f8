//! Tables as Parquet, for programs that read columns.
//!
//! The plainest file the format allows (Apache Parquet, *File Format* and `parquet.thrift`, format version 1): row groups with one
//! page a column each, PLAIN values, definition levels as one bit-packed run, no compression, no statistics, footer in Thrift's
//! compact protocol. Writing no more than that by hand takes one file; a library that can do everything takes longer to build than
//! the rest of the program. `scripts/outside-check.sh` has the files read by pyarrow, pandas and DuckDB. Invariants: the bytes are a
//! function of columns, values and groups; a missing value is null; doubles keep their bits; memory is that of one group and the
//! footer, a few dozen bytes a column and group. Not here: reading Parquet, tables for people ([`crate::table`]).

use std::io::{self, Write};

/// First and last bytes of a file.
const MAGIC: &[u8; 4] = b"PAR1";

/// Physical types.
const BOOLEAN: i64 = 0;
const INT64: i64 = 2;
const DOUBLE: i64 = 5;
const BYTE_ARRAY: i64 = 6;

/// Converted types.
const UTF8: i64 = 0;
const UINT_64: i64 = 14;

/// Encodings.
const PLAIN: i64 = 0;
const RLE: i64 = 3;

/// Types of Thrift's compact protocol.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, may be missing.
    Text,
    /// Whole numbers from 0 to 2⁶⁴ − 1, all there.
    Whole,
    /// Whole numbers of either sign, may be missing.
    Integer,
    /// Doubles, may be missing.
    Number,
    /// True or false, may be missing.
    Flag,
}

impl Kind {
    /// Physical and converted type, and whether values may be missing.
    fn types(self) -> (i64, Option<i64>, bool) {
        match self {
            Self::Text => (BYTE_ARRAY, Some(UTF8), true),
            Self::Whole => (INT64, Some(UINT_64), false),
            Self::Integer => (INT64, None, true),
            Self::Number => (DOUBLE, None, true),
            Self::Flag => (BOOLEAN, None, true),
        }
    }
}

/// Values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Text, as UTF-8.
    Text(Vec<Option<String>>),
    /// Whole numbers, all there.
    Whole(Vec<u64>),
    /// Whole numbers of either sign.
    Integer(Vec<Option<i64>>),
    /// Doubles.
    Number(Vec<Option<f64>>),
    /// True or false.
    Flag(Vec<Option<bool>>),
}

impl Values {
    /// No values yet.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Vec::new()),
            Kind::Whole => Self::Whole(Vec::new()),
            Kind::Integer => Self::Integer(Vec::new()),
            Kind::Number => Self::Number(Vec::new()),
            Kind::Flag => Self::Flag(Vec::new()),
        }
    }

    /// What they are.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Whole(_) => Kind::Whole,
            Self::Integer(_) => Kind::Integer,
            Self::Number(_) => Kind::Number,
            Self::Flag(_) => Kind::Flag,
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Flag(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The page without its header.
    fn page(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Text(values) => {
                levels(&mut out, values.iter().map(Option::is_some));
                for text in values.iter().flatten() {
                    out.extend((text.len() as u32).to_le_bytes());
                    out.extend(text.as_bytes());
                }
            }
            Self::Whole(values) => out.extend(values.iter().flat_map(|x| x.to_le_bytes())),
            Self::Integer(values) => {
                levels(&mut out, values.iter().map(Option::is_some));
                out.extend(values.iter().flatten().flat_map(|x| x.to_le_bytes()));
            }
            Self::Number(values) => {
                levels(&mut out, values.iter().map(Option::is_some));
                out.extend(values.iter().flatten().flat_map(|x| x.to_le_bytes()));
            }
            Self::Flag(values) => {
                levels(&mut out, values.iter().map(Option::is_some));
                let there: Vec<bool> = values.iter().flatten().copied().collect();
                bits(&mut out, there.into_iter());
            }
        }
        out
    }
}

/// Appends bits, eight a byte, the first in the lowest.
fn bits(out: &mut Vec<u8>, set: impl ExactSizeIterator<Item = bool>) {
    let begin = out.len();
    out.resize(begin + set.len().div_ceil(8), 0);
    for (at, set) in set.enumerate() {
        out[begin + at / 8] |= u8::from(set) << (at % 8);
    }
}

/// Which values are there: a length of four bytes, then one bit-packed run.
fn levels(out: &mut Vec<u8>, there: impl ExactSizeIterator<Item = bool>) {
    let mut run = Vec::new();
    varint(&mut run, (there.len().div_ceil(8) as u64) << 1 | 1);
    bits(&mut run, there);
    out.extend((run.len() as u32).to_le_bytes());
    out.extend(run);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A struct in the compact protocol.
#[derive(Default)]
struct Struct {
    bytes: Vec<u8>,
    last: u8,
}

impl Struct {
    /// The header of a field; fields come in ascending order, less than 16 apart.
    fn field(&mut self, id: u8, kind: u8) {
        self.bytes.push((id - self.last) << 4 | kind);
        self.last = id;
    }

    fn int(mut self, id: u8, kind: u8, value: i64) -> Self {
        self.field(id, kind);
        varint(&mut self.bytes, zigzag(value));
        self
    }

    fn text(mut self, id: u8, text: &str) -> Self {
        self.field(id, BINARY);
        binary(&mut self.bytes, text);
        self
    }

    fn list(mut self, id: u8, kind: u8, parts: &[Vec<u8>]) -> Self {
        self.field(id, LIST);
        match parts.len() {
            few @ 0..15 => self.bytes.push((few as u8) << 4 | kind),
            many => {
                self.bytes.push(0xf0 | kind);
                varint(&mut self.bytes, many as u64);
            }
        }
        self.bytes.extend(parts.iter().flatten());
        self
    }

    fn part(mut self, id: u8, part: &[u8]) -> Self {
        self.field(id, STRUCT);
        self.bytes.extend(part);
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

fn binary(out: &mut Vec<u8>, text: &str) {
    varint(out, text.len() as u64);
    out.extend(text.as_bytes());
}

fn int_bytes(value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, zigzag(value));
    out
}

/// Writes a file group by group.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    /// Bytes written.
    at: u64,
    columns: Vec<(String, Kind)>,
    /// Facts of the groups written, for the footer.
    groups: Vec<Vec<u8>>,
    rows: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a file with these columns.
    pub fn new(mut out: W, columns: Vec<(String, Kind)>) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self {
            out,
            at: MAGIC.len() as u64,
            columns,
            groups: Vec::new(),
            rows: 0,
        })
    }

    /// Writes a group of rows, one list of values for each column. Values of another kind than their column's, or lists of
    /// different lengths, are refused, and nothing is written.
    pub fn group(&mut self, values: &[Values]) -> io::Result<()> {
        let rows = values.first().map_or(0, Values::len);
        let fit = values.len() == self.columns.len()
            && (values.iter().zip(&self.columns))
                .all(|(values, (_, kind))| values.kind() == *kind && values.len() == rows);
        if !fit {
            let text = "a row group whose values are not those of the columns";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let (mut chunks, mut total) = (Vec::new(), 0);
        for (values, (name, _)) in values.iter().zip(&self.columns) {
            let page = values.page();
            let size = i32::try_from(page.len())
                .map(i64::from)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a page over 2 GiB"))?;
            let data = Struct::default()
                .int(1, I32, rows as i64)
                .int(2, I32, PLAIN)
                .int(3, I32, RLE)
                .int(4, I32, RLE)
                .end();
            let header = Struct::default()
                .int(1, I32, 0)
                .int(2, I32, size)
                .int(3, I32, size)
                .part(5, &data)
                .end();
            self.out.write_all(&header)?;
            self.out.write_all(&page)?;
            let offset = self.at as i64;
            let length = (header.len() + page.len()) as i64;
            self.at += length as u64;
            total += length;
            let mut path = Vec::new();
            binary(&mut path, name);
            let facts = Struct::default()
                .int(1, I32, values.kind().types().0)
                .list(2, I32, &[int_bytes(PLAIN), int_bytes(RLE)])
                .list(3, BINARY, &[path])
                .int(4, I32, 0)
                .int(5, I64, rows as i64)
                .int(6, I64, length)
                .int(7, I64, length)
                .int(9, I64, offset)
                .end();
            chunks.push(Struct::default().int(2, I64, offset).part(3, &facts).end());
        }
        self.groups.push(
            Struct::default()
                .list(1, STRUCT, &chunks)
                .int(2, I64, total)
                .int(3, I64, rows as i64)
                .end(),
        );
        self.rows += rows as u64;
        Ok(())
    }

    /// Writes the footer. Without it the file is none.
    pub fn finish(mut self) -> io::Result<W> {
        let mut schema = vec![
            Struct::default()
                .text(4, "schema")
                .int(5, I32, self.columns.len() as i64)
                .end(),
        ];
        for (name, kind) in &self.columns {
            let (physical, converted, optional) = kind.types();
            let mut element = Struct::default()
                .int(1, I32, physical)
                .int(3, I32, i64::from(optional))
                .text(4, name);
            if let Some(converted) = converted {
                element = element.int(6, I32, converted);
            }
            schema.push(element.end());
        }
        let footer = Struct::default()
            .int(1, I32, 1)
            .list(2, STRUCT, &schema)
            .int(3, I64, self.rows as i64)
            .list(4, STRUCT, &self.groups)
            .text(6, "das")
            .end();
        self.out.write_all(&footer)?;
        self.out.write_all(&(footer.len() as u32).to_le_bytes())?;
        self.out.write_all(MAGIC)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_bits_and_integers_by_hand() {
        // Nine values, the first and the last there: two groups, header 2·2 + 1, bits 00000001 00000001. Zigzag as Thrift has it.
        // Three flags, one missing: levels 101, then the two that are there, true and false, as bits 01.
        let mut out = Vec::new();
        levels(
            &mut out,
            [true, false, false, false, false, false, false, false, true].into_iter(),
        );
        assert_eq!(out, [3, 0, 0, 0, 5, 1, 1]);
        assert_eq!([0, -1, 1, -2, 300].map(zigzag), [0, 1, 2, 3, 600]);
        assert_eq!(int_bytes(300), [0xd8, 0x04]);
        assert_eq!(
            Values::Flag(vec![Some(true), None, Some(false)]).page(),
            [2, 0, 0, 0, 3, 0b101, 0b01]
        );
    }

    #[test]
    fn groups_that_do_not_fit_are_refused() {
        // Another kind, another length, another number of columns: an error each, and no byte behind the magic.
        let columns = vec![
            ("a".to_owned(), Kind::Integer),
            ("b".to_owned(), Kind::Text),
        ];
        let mut file = Writer::new(Vec::new(), columns).unwrap();
        let (ints, text) = (
            Values::Integer(vec![None]),
            Values::Text(vec![Some("x".into())]),
        );
        assert!(file.group(&[text.clone(), ints.clone()]).is_err());
        assert!(
            file.group(&[ints.clone(), Values::Text(Vec::new())])
                .is_err()
        );
        assert!(file.group(std::slice::from_ref(&ints)).is_err());
        assert_eq!(file.out, MAGIC);
        file.group(&[ints.clone(), text.clone()]).unwrap();
        file.group(&[ints, text]).unwrap();
        assert_eq!((file.rows, file.groups.len()), (2, 2));
        let bytes = file.finish().unwrap();
        assert!(bytes.starts_with(MAGIC) && bytes.ends_with(MAGIC));
    }
}
